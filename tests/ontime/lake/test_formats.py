"""A file says by its header which format it has."""

import gzip

import pytest

from ontime.datasets import flights
from ontime.lake import formats

KNOWN = {"one": ("a", "b", "c"), "other": ("x", "y")}


@pytest.mark.parametrize(
    ("first_line", "expected", "why"),
    [
        ("a,b,c\n", "one", "the columns"),
        ('"x","y"\r\n', "other", "quoted, with Windows' line end"),
        ("x,y,\n", "other", "a comma after the last column, as BTS writes it"),
        ("\ufeffx,y\n", "other", "a byte order mark"),
        ("x,y", "other", "no line end"),
        ("c,b,a\n", None, "another order"),
        ("a,b\n", None, "a column too few"),
        ("x,y,,\n", None, "two nameless columns"),
        ("", None, "no header"),
    ],
)
def test_a_header_is_recognised(tmp_path, first_line, expected, why):
    file = tmp_path / "file.csv"
    file.write_text(first_line, encoding="utf-8", newline="")
    assert formats.format_of(KNOWN, formats.named(formats.cells_of_header(file))) == expected, why


def test_a_gzip_file_has_a_header_too(tmp_path):
    (tmp_path / "file.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    assert formats.required_format("flights", KNOWN, tmp_path / "file.csv.gz") == "other"


def test_an_unknown_header_is_measured_by_the_closest_format(tmp_path):
    (tmp_path / "file.csv").write_text("x,y,z\n")
    with pytest.raises(formats.WrongColumns, match=r"Missing: none\. Unexpected: z\. Nothing was committed"):
        formats.required_format("flights", KNOWN, tmp_path / "file.csv")


def test_the_formats_of_flights_are_the_publishers(pytestconfig):
    sample = pytestconfig.rootpath / "tests" / "published" / "bts-on-time-2020-12-sample.csv"
    assert formats.required_format("flights", flights.FORMATS, sample) == "bts"
    assert len(flights.FORMATS["bts"]) == 109
