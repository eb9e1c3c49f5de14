"""Files are extracted from zips; damaged, unsafe and oversized zips are refused."""

import gzip
import io
import zipfile

import pytest

from ontime.sources import zips
from ontime.sources.base import DownloadFailed, TooLarge

FILE = b"flight,carrier,name\n" + b"".join(b"%d,UA,United Air Lines Inc.\n" % flight for flight in range(4_000))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def with_header(archive, position, value):
    """A zip with ``value`` in its directory, ``position`` bytes into the entry of its only member."""
    start = archive.rindex(b"PK\x01\x02") + position
    return archive[:start] + value + archive[start + len(value) :]


#: Positions in a member's entry in the directory of a zip.
VERSION, FLAGS, CRC, UNCOMPRESSED_SIZE, NAME = 6, 8, 16, 24, 46
ONE = zipped([("flights.csv", FILE)])


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(ONE, id="one file"),
        pytest.param(zipped([("readme.html", "<html>"), ("a/Flights.CSV", FILE)]), id="a readme beside it"),
        pytest.param(zipped([("a/", ""), ("a/f.csv", FILE)]), id="in a folder"),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_STORED), id="not compressed"),
        pytest.param(with_header(ONE, UNCOMPRESSED_SIZE, b"\xff\xff\xff\x7f"), id="declares a larger size"),
        pytest.param(b"MZ" + ONE, id="other bytes before the zip"),
    ],
)
def test_the_csv_file_of_a_zip_is_extracted(folder, monkeypatch, archive):
    monkeypatch.setattr(zips, "MAXIMUM_BYTES", len(FILE))
    (folder / "zip").write_bytes(archive)
    zips.extract_single_csv(folder / "zip", folder / "csv")
    assert files(folder) == {"zip": archive, "csv": FILE}


def test_a_file_is_extracted_by_its_name(folder):
    archive = zipped([("a.csv", b"a"), ("b.csv", FILE)])
    (folder / "zip").write_bytes(archive)
    zips.extract(folder / "zip", "b.csv", folder / "csv")
    assert files(folder) == {"zip": archive, "csv": FILE}
    with pytest.raises(zips.BadArchive, match=r"should hold one c\.csv and holds 0 \(a\.csv, b\.csv\)"):
        zips.extract(folder / "zip", "c.csv", folder / "csv")
    assert files(folder) == {"zip": archive, "csv": FILE}


BOMB = zipped([("bomb.csv", bytes(10_000_000))])


@pytest.mark.parametrize(
    ("archive", "error", "message"),
    [
        pytest.param(b"", zips.BadArchive, "not a whole zip file", id="empty"),
        pytest.param(FILE, zips.BadArchive, "not a whole zip file", id="not a zip"),
        pytest.param(ONE[:-30], zips.BadArchive, "not a whole zip file", id="cut short"),
        pytest.param(ONE[100:], zips.BadArchive, "not a whole zip file", id="its start is missing"),
        pytest.param(
            with_header(ONE, CRC, b"\0\0\0\0"), zips.BadArchive, "Bad CRC-32.*download it again", id="a wrong checksum"
        ),
        pytest.param(
            with_header(BOMB, UNCOMPRESSED_SIZE, b"\x01\0\0\0"),
            zips.BadArchive,
            "Bad CRC-32",
            id="a bomb that declares a small size",
        ),
        pytest.param(
            with_header(with_header(ONE, FLAGS, b"\0\x08"), NAME, b"\xff"),
            zips.BadArchive,
            "not a whole zip file",
            id="a name that is not the UTF-8 it claims to be",
        ),
        pytest.param(BOMB, TooLarge, "more than 100 times the zip file", id="a bomb"),
        pytest.param(
            zipped([("f.csv", FILE + b"\n")], zipfile.ZIP_STORED),
            TooLarge,
            f"larger than {len(FILE):,} bytes",
            id="one byte too large",
        ),
        pytest.param(zipped([]), zips.BadArchive, r"holds 0 \(nothing\)", id="empty directory"),
        pytest.param(zipped([("readme.txt", "")]), zips.BadArchive, r"holds 0 \(readme.txt\)", id="no CSV"),
        pytest.param(
            zipped([("a.csv", ""), ("b.csv", "")]), zips.BadArchive, r"holds 2 \(a.csv, b.csv\)", id="two CSVs"
        ),
        pytest.param(zipped([("../f.csv", FILE)]), zips.BadArchive, "outside its folder", id="up"),
        pytest.param(zipped([("a/../../f.csv", FILE)]), zips.BadArchive, "outside its folder", id="down and up"),
        pytest.param(zipped([("/f.csv", FILE)]), zips.BadArchive, "outside its folder", id="the root"),
        pytest.param(zipped([("..\\f.csv", FILE)]), zips.BadArchive, "outside its folder", id="up on Windows"),
        pytest.param(zipped([("C:\\f.csv", FILE)]), zips.BadArchive, "outside its folder", id="a drive"),
        pytest.param(
            zipped([("f.csv", FILE), ("../readme.txt", "")]), zips.BadArchive, "outside its folder", id="another file"
        ),
        pytest.param(with_header(ONE, FLAGS, b"\1"), zips.BadArchive, "is encrypted", id="encrypted"),
        pytest.param(
            with_header(ONE, FLAGS, b"\x20"), zips.BadArchive, "patched data.*download it again", id="patches"
        ),
        pytest.param(
            with_header(ONE, VERSION, b"\xff"), zips.BadArchive, "version 25.5.*download it again", id="a later version"
        ),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_BZIP2), zips.BadArchive, "not deflated", id="bzip2"),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_LZMA), zips.BadArchive, "not deflated", id="lzma"),
    ],
)
def test_a_bad_zip_is_refused_and_the_target_stays(folder, monkeypatch, archive, error, message):
    monkeypatch.setattr(zips, "MAXIMUM_BYTES", 20_000_000 if archive == BOMB else len(FILE))
    (folder / "zip").write_bytes(archive)
    (folder / "csv").write_bytes(b"old")
    with pytest.raises(error, match=message):
        zips.extract_single_csv(folder / "zip", folder / "csv")
    assert files(folder) == {"zip": archive, "csv": b"old"}


def test_a_damaged_byte_never_changes_the_extracted_content(folder):
    content = b"carrier,name\nUA,United\nAA,American\n"
    archive = zipped([("readme.txt", "Carriers"), ("f.csv", content)])
    for position in range(len(archive)):
        damaged = bytearray(archive)
        damaged[position] ^= 0xFF
        (folder / "zip").write_bytes(damaged)
        try:
            zips.extract_single_csv(folder / "zip", folder / "csv")
        except DownloadFailed:
            assert files(folder) == {"zip": bytes(damaged)}
        else:
            assert (folder / "csv").read_bytes() == content
            (folder / "csv").unlink()


def test_equal_content_gives_equal_gzip_bytes(folder):
    for name in ("one.gz", "other.gz"):
        with zips.gzip_writer(folder / name, 6) as file:
            file.write(FILE)
    assert (folder / "one.gz").read_bytes() == (folder / "other.gz").read_bytes()
    assert gzip.decompress((folder / "one.gz").read_bytes()) == FILE
