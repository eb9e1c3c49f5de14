"""One definition of a line, a row and an unreadable row."""

import gzip
import tracemalloc

import pytest

from ontime.lake import CorruptRawFile, lines

HEADER = b"a,b\n"
PACKED = gzip.compress(HEADER + b"1,2\n" * 50)
NO_GZIP = "is a damaged gzip file"
CONTROL, OPEN_QUOTE = "has a control character", "opens a quote that it does not close"


def write(folder, content: bytes, name: str = "file.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "rows", "named", "why"),
    [
        (b"\n \n", 0, "", "blank lines alone"),
        (HEADER, 0, "", "a header alone"),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", 1, "", "byte order mark and Windows line ends"),
        (b"\n\na,b\n1,2\n", 1, "", "blank lines before the header"),
        (HEADER + b"1,2\n3,", 2, "", "a truncated last line"),
        (HEADER + b"1,2\n\n \t\r\n\r\n3,4\n\n", 2, "", "blank lines"),
        (HEADER + b",\n,,,,\n", 2, "", "delimiters alone are a row"),
        (HEADER + "Zürich,Łódź\n".encode(), 1, "", "UTF-8"),
        (HEADER + b'1,"O""Hare"\n1,"x\\"\n', 2, "", "doubled quotes, a backslash"),
        (HEADER + b"1\t,2\n", 1, "", "a tab"),
        (HEADER + b"1,2\n1,\x002\n", 2, f"line 3 {CONTROL}", "a NUL byte"),
        (HEADER + b"\x00" * 4096 + b"\n1,2\n", 2, f"line 2 {CONTROL}", "a block of NUL bytes"),
        (HEADER + b"\x0b\n\x0c\n", 2, f"line 2 {CONTROL}; line 3 {CONTROL}", "control characters alone"),
        (HEADER + b"1,2\r3,4\n5,6\n", 2, f"line 2 {CONTROL}", "a stray carriage return"),
        (HEADER + b"1,2\x7f\n", 1, f"line 2 {CONTROL}", "delete"),
        (HEADER + b"1,caf\xe9\n", 1, "line 2 is not UTF-8", "latin-1"),
        (HEADER + b"1,\xed\xa0\x80\n", 1, "line 2 is not UTF-8", "a surrogate"),
        (HEADER + b"\xef\xbb\xbf1,2\n", 1, "line 2 has a byte order mark", "files put together"),
        (HEADER + b"1,2\na,b\r\n3,4\n", 3, "line 3 repeats the header", "the header again"),
        (b"\xef\xbb\xbfa,b\na,b\n", 1, "line 2 repeats the header", "the header again, after a byte order mark"),
        (HEADER + b'1,"2\n3,4\n', 2, f"line 2 {OPEN_QUOTE}", "an open quote"),
        (HEADER + b'1,"2\n3",4\n', 2, f"line 2 {OPEN_QUOTE}; line 3 {OPEN_QUOTE}", "a line end within quotes"),
        (b'a|b\n1|5"\n', 1, "", "between pipes a quote is a letter"),
        (HEADER + b"," * 20_000 + b"\n", 1, "", "as long as a line may be"),
        (HEADER + b"," * 20_001 + b"\n", 1, "line 2 has more than 20,000 bytes", "more cells than Spark reads"),
        (HEADER + b"1," + b"x" * 5_000_000, 1, "line 2 has more than 20,000 bytes", "5 MB in a cell"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_rows_of_a_file_are_counted_and_unreadable_ones_are_named(tmp_path, content, rows, named, why, packed):
    path = write(tmp_path, gzip.compress(content, 1), "file.csv.gz") if packed else write(tmp_path, content)
    unreadable = len(named.split("; ")) if named else 0
    assert lines.inspect_rows(path) == lines.Rows(rows, unreadable, named), why
    assert lines.count_rows(path) == rows, why


def test_an_empty_file_has_no_rows(tmp_path):
    assert lines.inspect_rows(write(tmp_path, b"")) == lines.Rows(0, 0, "")
    assert lines.count_rows(tmp_path / "file.csv") == 0


def test_only_the_first_unreadable_lines_are_named(tmp_path):
    rows = lines.inspect_rows(write(tmp_path, HEADER + b"\x00\n" * 7))
    assert (rows.count, rows.unreadable) == (7, 7)
    assert rows.named == "; ".join([*(f"line {number} {CONTROL}" for number in range(2, 7)), "…"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(PACKED[:-12], NO_GZIP, id="gzip cut short"),
        pytest.param(PACKED[:14], NO_GZIP, id="gzip cut after its header"),
        pytest.param(PACKED[:-8] + b"\x01\x02\x03\x04" + PACKED[-4:], "CRC check failed", id="gzip with a wrong sum"),
        pytest.param(PACKED[:-4] + b"\x09\x00\x00\x01", "Incorrect length", id="gzip with a wrong size"),
        pytest.param(PACKED + b"<html>", "Not a gzipped file", id="garbage after gzip"),
        pytest.param(PACKED + bytes(512), "it is followed by zeros", id="zeros after gzip"),
        pytest.param(PACKED[:10] + b"\xff" * 300, NO_GZIP, id="a gzip header, then garbage"),
        pytest.param(HEADER, "Not a gzipped file", id="no gzip at all"),
        pytest.param(gzip.compress(b""), NO_GZIP, id="nothing, compressed"),
    ],
)
def test_a_damaged_gzip_file_is_refused_in_one_sentence(tmp_path, content, message):
    path = write(tmp_path, content, "file.csv.gz")
    for read in (lines.inspect_rows, lines.count_rows):
        with pytest.raises(CorruptRawFile, match="download it again") as refused:
            read(path)
        assert message in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("a,b\n1,2\n".encode("utf-16"), "UTF-16: save it as UTF-8", id="UTF-16"),
        pytest.param(b"\xfe\xff" + "a,b\n".encode("utf-16-be"), "UTF-16: save it as UTF-8", id="UTF-16, big-endian"),
        pytest.param("a,b\n1,2\n".encode("utf-16-le"), CONTROL, id="UTF-16 without a mark"),
        pytest.param("a,bé\n".encode("latin-1"), "is not UTF-8", id="a header in latin-1"),
        pytest.param(b"a,b\r1,2\r", "carriage return alone", id="old Macintosh"),
        pytest.param(b"PK\x03\x04" + bytes(90), "is a zip file or a workbook: unpack it", id="zip"),
        pytest.param(b"PAR1" + bytes(90), "is a Parquet file: export it as CSV", id="Parquet"),
        pytest.param(bytes(range(1, 256)) * 90, "is no table", id="binary"),
        pytest.param(b"x," * 30_000, "more than 20,000 bytes", id="30,000 cells of header"),
    ],
)
def test_what_does_not_begin_like_a_table_is_refused_in_one_sentence(tmp_path, content, message):
    path = write(tmp_path, content)
    for read in (lines.inspect_rows, lines.header_line, lines.dialect_of):
        with pytest.raises(CorruptRawFile) as refused:
            read(path)
        assert message in str(refused.value)


def test_memory_is_bounded_whatever_the_file_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAXIMUM_BYTES_OF_ANY_LINE", 1_000_000)
    endless = write(tmp_path, gzip.compress(HEADER + b"x" * 20_000_000), "file.csv.gz")
    tracemalloc.start()
    with pytest.raises(CorruptRawFile, match="line 2 has 1,000,000 bytes or more"):
        lines.inspect_rows(endless)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_an_unreadable_line_is_kept_as_text():
    assert lines.as_text(b"1,caf\xe9\x00\r,\xc5\x81\t\x7f\r\n") == r"1,caf\xe9\x00\x0d,Ł" + "\t" + r"\x7f"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a,b\n", lines.COMMAS),
        ("a|b\n", lines.PIPES),
        ("a|b|c,d\n", lines.PIPES),
        ("a;b, in m;c\n", lines.SEMICOLONS),
        ("a\tb\n", lines.TABS),
        ("", lines.COMMAS),
    ],
)
def test_the_dialect_follows_the_more_frequent_delimiter(tmp_path, header, expected):
    assert lines.dialect_of(write(tmp_path, header.encode())) == expected
