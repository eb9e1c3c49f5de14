"""Hostile raw input.

Rows: one file of each dataset holds every bad line, and one Spark batch cleans each. Files: the download
or the raw gate refuses them.
"""

import gzip
from collections.abc import Iterator
from functools import partial

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.app import app
from expectations.validate import validate_raw
from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from spark_jobs.engine import partitions
from tests.expectations.good_data import MONTH, NAMES, partition_of, raw_lines, store_good
from tests.faults.fault import Fault, Verdict

HEADER, GOOD = (line.encode() for line in raw_lines("flights")[:2])
CELLS = GOOD.split(b",")


def flight(number: int, **cells: bytes) -> bytes:
    """A good flight with its own number, and some cells changed."""
    changed = {"flight": b"%d" % number, **cells}
    names = HEADER.decode().split(",")
    return b",".join(changed.get(name, cell) for name, cell in zip(names, CELLS, strict=True))


def bad_row(name: str, line: bytes, reason: str, kept: str) -> Fault:
    """``kept`` is what quarantine holds: the line as text, or the cells as they were read."""
    return Fault(name, "cleaning of flights", Verdict.QUARANTINED, reason, partial(lambda *pair: pair, line, kept))


def as_is(name: str, line: bytes, reason: str = "malformed_line") -> Fault:
    return bad_row(name, line, reason, line.decode())


def good_row(name: str, line: bytes) -> Fault:
    return Fault(name, "cleaning of flights", Verdict.HARMLESS, "", lambda: (line, ""))


ROWS = [
    bad_row(
        "a NUL byte in a text that is kept",
        flight(1, tailnum=b"N1\x0028"),
        "malformed_line",
        flight(1, tailnum=rb"N1\x0028").decode(),
    ),
    bad_row("a NUL byte after the last cell", flight(2) + b"\x00", "malformed_line", (flight(2) + rb"\x00").decode()),
    bad_row("a block of NUL bytes as a line", b"\x00" * 4096, "malformed_line", r"\x00" * 4096),
    bad_row("control characters as a line", b"\x01\x02\x1f", "malformed_line", r"\x01\x02\x1f"),
    bad_row("a vertical tab as a line", b"\x0b", "malformed_line", r"\x0b"),
    bad_row(
        "a stray carriage return within a row",
        flight(3, tailnum=b"N\r3"),
        "malformed_line",
        flight(3, tailnum=rb"N\x0d3").decode(),
    ),
    bad_row(
        "two rows that a carriage return divides",
        flight(4) + b"\r" + flight(5),
        "malformed_line",
        (flight(4) + rb"\x0d" + flight(5)).decode(),
    ),
    bad_row(
        "a byte of latin-1",
        flight(6, tailnum=b"caf\xe9"),
        "malformed_line",
        flight(6, tailnum=rb"caf\xe9").decode(),
    ),
    bad_row(
        "half of a UTF-8 character",
        flight(7, tailnum=b"\xc5"),
        "malformed_line",
        flight(7, tailnum=rb"\xc5").decode(),
    ),
    as_is("a byte order mark in the middle of the file", b"\xef\xbb\xbf" + flight(8)),
    as_is("a text of 5 MB", flight(9, tailnum=b"N" * 5_000_000)),
    as_is("a row of 30,000 cells", flight(10) + b"," * 30_000),
    as_is("a row of 20,481 empty cells", b"," * 20_480),
    as_is("the header again", HEADER),
    as_is("a quote that is never closed", flight(11, tailnum=b'"N11')),
    as_is("a quote that is never closed, in the last cell", flight(12, time_hour=b'"2013')),
    as_is("the first half of a row with a line end within quotes", flight(13, tailnum=b'"N').partition(b"N")[0]),
    as_is("a row cut short", flight(14)[:40]),
    as_is("a row with one cell too many", flight(15) + b",more"),
    as_is("a word without a delimiter", b"total"),
    as_is("a row of NBSP", "\u00a0".encode()),
    bad_row("delimiters alone", b"," * 18, "missing_value", "," * 18),
    bad_row("delimiters and blanks", b" ," * 18, "invalid_number", " ," * 18),
    bad_row(
        "a backslash before a delimiter",
        flight(16, origin=b"EWR\\"),
        "unknown_airport",
        flight(16, origin=b"EWR\\").decode(),
    ),
    bad_row(
        "a number in Arabic digits",
        flight(17, distance="١٤٠٠".encode()),
        "invalid_number",
        flight(17, distance="١٤٠٠".encode()).decode(),
    ),
    bad_row(
        "a number beyond 64 bits",
        flight(18, distance=b"9" * 40),
        "invalid_number",
        flight(18, distance=b"9" * 40).decode(),
    ),
    bad_row("NaN for a number", flight(19, distance=b"NaN"), "invalid_number", flight(19, distance=b"NaN").decode()),
    good_row("a Windows line end", flight(20) + b"\r"),
    good_row("each cell quoted", b",".join(b'"%s"' % cell for cell in flight(21).split(b","))),
    good_row("a doubled quote and a comma within quotes", flight(22, tailnum=b'"N ""2,2"""')),
    good_row("a backslash before a closing quote", flight(23, tailnum=b'"N\\"')),
    good_row("letters outside ASCII", flight(24, tailnum="Ñ-Łódź".encode())),
]
BLANK_LINES = b"\n \n\t\r\n\n"


def file_fault(name: str, content: bytes, message: str, where: str = "download") -> Fault:
    return Fault(name, where, Verdict.REFUSED, message, lambda: content)


TABLE = "".join(f"{line}\n" for line in raw_lines("flights")).encode()
PACKED = gzip.compress(TABLE, mtime=0)
DAMAGED = "is a damaged gzip file"
FILES = [
    file_fault("gzip cut short", PACKED[: len(PACKED) // 2], DAMAGED),
    file_fault("gzip without its last byte", PACKED[:-1], DAMAGED),
    file_fault("gzip with a wrong checksum", PACKED[:-8] + b"\x01\x02\x03\x04" + PACKED[-4:], DAMAGED),
    file_fault("gzip with a wrong size", PACKED[:-4] + b"\x01\x00\x00\x01", DAMAGED),
    file_fault("garbage after gzip", PACKED + b"<html>", DAMAGED),
    file_fault("zeros after gzip", PACKED + bytes(512), DAMAGED),
    file_fault("a gzip header, then garbage", PACKED[:10] + b"\xff" * 300, DAMAGED),
    file_fault("gzip in gzip", gzip.compress(PACKED), "its first line has a control character"),
    file_fault("lines that end with a carriage return alone", TABLE.replace(b"\n", b"\r"), "a carriage return alone"),
    file_fault("random bytes", bytes(range(1, 256)) * 90, "its first line has a control character"),
    file_fault("UTF-16", TABLE.decode().encode("utf-16"), "is encoded in UTF-16: save it as UTF-8"),
    file_fault("UTF-16 without a mark", TABLE.decode().encode("utf-16-le"), "its first line has a control character"),
    file_fault("a header in latin-1", HEADER + b",caf\xe9\n", "its first line is not UTF-8"),
    file_fault("Parquet named CSV", b"PAR1" + bytes(99), "is a Parquet file: export it as CSV"),
    file_fault("a zip named CSV", b"PK\x03\x04" + bytes(99), "is a zip file or a workbook: unpack it"),
    file_fault("a header of 30,000 cells", HEADER + b",cell" * 30_000 + b"\n" + GOOD, "more than 20,000 bytes"),
    file_fault("a first line of 5 MB", b"x" * 5_000_000, "more than 20,000 bytes"),
    file_fault("a web page", b"<!DOCTYPE html>\n<html>busy</html>\n", "it is a web page, not a table", "raw gate"),
    file_fault("nothing", b"", "The file is empty: it has no header line", "raw gate"),
    file_fault("blank lines alone", b"\n \n\r\n", "The file is empty: it has no header line", "raw gate"),
    file_fault("a header alone", HEADER, "expect_table_row_count_to_be_between()", "raw gate"),
    file_fault("no header", TABLE.partition(b"\n")[2], "missing columns: year, month", "raw gate"),
    file_fault("a header of 2,000 cells", HEADER + b",x" * 2_000 + b"\n", "unexpected columns: x, x", "raw gate"),
    file_fault("a header of 9,000 cells", HEADER + b",x" * 9_000 + b"\n", "unexpected columns: x, x", "raw gate"),
    file_fault("carets for commas", TABLE.replace(b",", b"^"), "missing columns: year, month", "raw gate"),
]
#: Delimiters that are recognized.
DELIMITERS = [
    Fault(f"{name} for commas", "raw gate", Verdict.HARMLESS, cause=lambda sign=sign: TABLE.replace(b",", sign))
    for name, sign in (("semicolons", b";"), ("tabs", b"\t"), ("pipes", b"|"))
]
#: Three bad lines in a file of each of the other datasets.
OTHERS = {
    Fault(name, f"cleaning of {dataset}", Verdict.QUARANTINED, "malformed_line"): (dataset, line)
    for dataset in ("airlines", "airports", "aircraft", "weather")
    for name, line in {
        "the header again": raw_lines(dataset)[0].encode(),
        "a NUL byte in the last cell": raw_lines(dataset)[-1].encode() + b"\x00",
        "latin-1 in the last cell": raw_lines(dataset)[-1].encode() + b"\xe9",
    }.items()
}
FAULTS = [*ROWS, *OTHERS, *FILES, *DELIMITERS]


@pytest.fixture(scope="module")
def cleaned(spark, module_data_dir) -> Iterator[dict[str, str]]:
    """All files in the lake, cleaned. The reasons of the rejected rows of each dataset, by what quarantine holds."""
    store_good("airports", spoil=lambda rows: (rows[0].update(airport_code="EWR"), rows[1].update(airport_code="IAH")))
    for dataset in ("airlines", "aircraft", "weather"):
        _store_with_bad_lines(dataset)
    _store("flights", MONTH, HEADER + b"\r\n" + BLANK_LINES.join(fault.cause()[0] + b"\n" for fault in ROWS) + GOOD)
    for dataset in ("airlines", "aircraft", "weather", "flights"):
        partitions.clean(dataset, [partition_of(dataset)], lambda _: spark)
    _store_with_bad_lines("airports")  # these are not the airports of the flights
    partitions.clean("airports", [ALL], lambda _: spark)
    return {text: reason for dataset in NAMES for text, reason in _quarantine(dataset)}


def _store_with_bad_lines(dataset: str) -> None:
    header, *lines = (line.encode() for line in raw_lines(dataset))
    bad = [line for bad_dataset, line in OTHERS.values() if bad_dataset == dataset]
    last = [b"UA,United"] if dataset == "airlines" else []
    _store(dataset, partition_of(dataset), b"\n".join([header, *lines, *bad, *last]))


def _store(dataset: str, partition: str, content: bytes) -> None:
    file = settings.data_dir / "fetched.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    lake.store_raw(dataset, partition, file, "a test")


def _quarantine(dataset: str) -> list[tuple[str, str]]:
    [file] = lake.quarantine_partition_dir(dataset, partition_of(dataset)).glob("*.parquet")
    rows = pq.ParquetFile(file).read().to_pylist()
    return [
        (row.pop("malformed_line") or ",".join(row[name] or "" for name in row if name != "reason"), row["reason"])
        for row in rows
    ]


@pytest.mark.more
@pytest.mark.parametrize("fault", [fault for fault in ROWS if fault.verdict == Verdict.QUARANTINED], ids=str)
def test_a_bad_row_is_in_quarantine_whole_with_its_reason(cleaned, fault):
    assert cleaned[fault.cause()[1]] == fault.message


@pytest.mark.more
@pytest.mark.parametrize("fault", OTHERS, ids=str)
def test_a_bad_line_of_another_dataset_is_in_quarantine_whole_with_its_reason(cleaned, fault):
    assert cleaned[lake.lines.as_text(OTHERS[fault][1])] == fault.message


@pytest.mark.more
def test_no_other_row_is_lost_or_rejected(cleaned):
    flights = lake.clean_partition("flights", MONTH)
    bad = sum(fault.verdict == Verdict.QUARANTINED for fault in ROWS)
    assert (flights.rows_raw, flights.rows_quarantined) == (len(ROWS) + 1, bad)
    for dataset, rows in {"airlines": 11, "airports": 40, "aircraft": 40, "weather": 31 * 3}.items():
        other = lake.clean_partition(dataset, partition_of(dataset))
        assert (other.rows_raw, other.rows_clean, other.quarantined_by_reason) == (
            rows + 3,
            rows,
            {"malformed_line": 3},
        )
    [file] = lake.clean_partition_dir("flights", MONTH).glob("*.parquet")
    tails = dict(zip(*pq.ParquetFile(file).read(["flight_number", "tail_number"]).to_pydict().values(), strict=True))
    assert tails == {1500: "N14228", 20: "N14228", 21: "N14228", 22: 'N "2,2"', 23: "N\\", 24: "Ñ-Łódź"}


@pytest.mark.more
def test_the_numbers_of_unreadable_lines_are_named(cleaned):
    named = lake.current_raw("airlines", ALL).unreadable_named
    assert named == "line 12 repeats the header; line 13 has a control character; line 14 is not UTF-8"


@pytest.fixture
def ontime(data_dir, tmp_path, monkeypatch):
    """Publish a file of flights in a folder, run a command on it, and return exit code and output."""
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    (tmp_path / "flights").mkdir()

    def run(content: bytes, *command: str) -> tuple[int, str]:
        (tmp_path / "flights" / f"{MONTH}.csv").write_bytes(content)
        result = CliRunner().invoke(app, [*command, "flights", "--from", MONTH])
        assert result.exception is None or type(result.exception) is SystemExit
        return result.exit_code, result.output

    return run


@pytest.mark.parametrize("fault", [fault for fault in FILES if fault.where == "download"], ids=str)
def test_a_file_that_is_no_table_is_not_stored(ontime, fault):
    assert ontime(TABLE, "download")[0] == 0
    before = lake.current_raw("flights", MONTH)

    code, output = ontime(fault.cause(), "download")

    assert (code, output.endswith(" Nothing was stored.\n"), output.count("\n")) == (1, True, 1)
    assert output.startswith(f"{settings.source_dir / 'flights' / MONTH}.csv")
    assert fault.message in output
    assert lake.current_raw("flights", MONTH) == before
    folder = lake.raw_partition_dir("flights", MONTH)
    assert sorted(path.name for path in folder.iterdir()) == [before.file_name, "manifest.json"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.more) if ",000 cells" in fault.name else fault
        for fault in FILES
        if fault.where == "raw gate"
    ],
    ids=str,
)
def test_a_table_that_is_none_of_the_publisher_is_refused_by_the_raw_gate(ontime, fault):
    assert ontime(fault.cause(), "download")[0] == 0

    code, output = ontime(fault.cause(), "check", "raw")

    assert (code, "Traceback" in output, len(output) < 6_000) == (1, False, True)
    for text in (fault.message, "Nothing was cleaned.", "What to do: "):
        assert text in output
    assert lake.clean_partitions("flights") == []
    [page] = (settings.data_docs_dir / "raw.flights").glob("*.html")
    assert page.stat().st_size < 200_000, "comparing and rendering thousands of cells takes a minute"


@pytest.mark.parametrize("fault", DELIMITERS, ids=str)
def test_a_table_with_another_delimiter_is_read(data_dir, fault):
    _store("flights", MONTH, fault.cause())
    assert validate_raw("flights", [MONTH])["rows"] == 124


def test_the_raw_gate_checks_the_readable_rows(data_dir, capsys):
    lines = [line.encode() for line in raw_lines("flights")]
    bad = [b"\x00" * 9, flight(1, carrier=b"\xe9"), flight(2, carrier=b'"'), b"," * 30_000]
    _store("flights", MONTH, b"\n".join([*lines[:50], *bad, *lines[50:]]))

    assert validate_raw("flights", [MONTH])["rows"] == 124
    assert (
        f"flights {MONTH}: 4 rows are unreadable: line 51 has a control character; line 52" in capsys.readouterr().out
    )
