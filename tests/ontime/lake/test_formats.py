"""A file's format is recognised by its header."""

import gzip

import pytest

from ontime.datasets import flights
from ontime.lake import formats

FORMATS = {"one": ("a", "b", "c"), "other": ("x", "y")}


@pytest.mark.parametrize(
    ("first_line", "expected", "why"),
    [
        ("a,b,c\n", "one", "the columns"),
        ('"x","y"\r\n', "other", "quoted, Windows line end"),
        ("x,y,\n", "other", "a trailing comma, as in BTS files"),
        ("\ufeffx,y\n", "other", "a byte order mark"),
        ("x,y", "other", "no line end"),
        ("c,b,a\n", None, "another order"),
        ("a,b\n", None, "one column is missing"),
        ("x,y,,\n", None, "two columns without a name"),
        ("", None, "no header"),
    ],
)
def test_the_format_is_recognised_by_the_header(tmp_path, first_line, expected, why):
    file = tmp_path / "file.csv"
    file.write_text(first_line, encoding="utf-8", newline="")
    assert formats.format_of(FORMATS, formats.column_names(formats.cells_of_header(file))) == expected, why


def test_the_header_of_a_gzip_file_is_read(tmp_path):
    (tmp_path / "file.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    assert formats.required_format("flights", FORMATS, tmp_path / "file.csv.gz") == "other"


def test_the_error_of_an_unknown_header_compares_with_the_closest_format(tmp_path):
    (tmp_path / "file.csv").write_text("x,y,z\n")
    with pytest.raises(formats.WrongColumns, match=r"Missing: none\. Unexpected: z\. Nothing was committed"):
        formats.required_format("flights", FORMATS, tmp_path / "file.csv")


def test_a_real_file_of_flights_has_the_format_bts(pytestconfig):
    sample = pytestconfig.rootpath / "tests" / "published" / "bts-on-time-2020-12-sample.csv"
    assert formats.required_format("flights", flights.FORMATS, sample) == "bts"
    assert len(flights.FORMATS["bts"]) == 109
