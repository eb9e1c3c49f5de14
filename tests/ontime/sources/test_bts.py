"""Live flights and airlines from a server that fails like the real one."""

import gzip
import json
from dataclasses import replace

import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources import http, zips
from ontime.sources.base import NotPublished, TooLarge
from ontime.sources.bts import WrongMonth
from ontime.sources.download import download
from tests.ontime.sources.misbehaving_server import Answer
from tests.published import bts

TABLE = bts.table()
ZIP = bts.zipped(TABLE)
NEW_TABLE = bts.table([row | {"TaxiIn": "9.00"} for row in bts.sample_rows()])
FIRST, SECOND = Answer(ZIP, etag='"1"'), Answer(bts.zipped(NEW_TABLE), etag='"2"')


@pytest.fixture
def server(publisher_server, monkeypatch):
    monkeypatch.setattr(settings, "source", "live")
    monkeypatch.setattr(settings, "bts_flights_url", publisher_server.url("PREZIP/On_Time_{year}_{month}.zip"))
    monkeypatch.setattr(settings, "bts_airlines_url", publisher_server.url("Download_Lookup.asp?Y11x72=carriers"))
    return publisher_server


def download_flights(month=bts.MONTH) -> lake.RawFile:
    [stored] = download("flights", [month])
    return stored


def content(raw: lake.RawFile) -> bytes:
    with lake.open_raw(raw.path) as file:
        return file.read()


def test_the_table_of_the_zip_is_kept_byte_for_byte(server):
    server.answers = [FIRST]
    stored = download_flights()
    assert (content(stored), stored.row_count, stored.etag) == (TABLE, 100, '"1"')
    assert stored.source == server.url("PREZIP/On_Time_2020_12.zip")
    assert stored.file_name.endswith(".csv.gz") and gzip.decompress(stored.path.read_bytes()) == TABLE
    assert sorted(path.suffix for path in stored.path.parent.iterdir()) == [".gz", ".json"]


def test_the_month_has_no_leading_zero_in_its_address(server):
    rows = [row | {"Month": "3", "FlightDate": "2020-03-01"} for row in bts.sample_rows()]
    server.answers = [Answer(bts.zipped(bts.table(rows), "2020-03"))]
    download_flights("2020-03")
    assert server.paths == ["/PREZIP/On_Time_2020_3.zip"]


def test_an_unchanged_month_costs_one_request(server, capsys):
    server.answers = [FIRST]
    before = download_flights()
    manifest = (before.path.parent / "manifest.json").read_text()
    assert download_flights() == before
    assert server.asked("If-None-Match") == [None, '"1"']
    assert (before.path.parent / "manifest.json").read_text() == manifest
    assert "unchanged)" in capsys.readouterr().out


def test_a_republished_month_becomes_a_new_version_beside_the_old_one(server):
    server.answers = [FIRST, SECOND]
    old, new = download_flights(), download_flights()
    assert (content(old), content(new), new.etag) == (TABLE, NEW_TABLE, '"2"')
    assert lake.current_raw("flights", bts.MONTH) == new


def test_the_same_table_under_a_new_etag_is_the_same_version(server):
    server.answers = [FIRST, replace(FIRST, etag='"2"')]
    before = download_flights()
    assert download_flights() == replace(before, etag='"2"')
    download_flights()
    assert server.asked("If-None-Match") == [None, '"1"', '"2"']


def test_a_new_address_is_requested_without_conditions(server, monkeypatch):
    server.answers = [FIRST]
    before = download_flights()
    monkeypatch.setattr(settings, "bts_flights_url", server.url("mirror/{year}-{month}.zip"))
    assert download_flights() == replace(before, source=server.url("mirror/2020-12.zip"))
    assert server.asked("If-None-Match") == [None, None]


def test_a_damaged_raw_file_is_downloaded_again(server):
    server.answers = [FIRST]
    stored = download_flights()
    stored.path.write_bytes(b"damaged")
    assert content(download_flights()) == TABLE


def test_a_manifest_without_etags_is_read(server):
    server.answers = [FIRST]
    manifest = download_flights().path.parent / "manifest.json"
    [version] = json.loads(manifest.read_text())["versions"]
    del version["etag"], version["last_modified"]
    manifest.write_text(json.dumps({"versions": [version]}))
    assert download_flights().etag == '"1"'


JANUARY = bts.table([row | {"Month": "1"} for row in bts.sample_rows()])
BOMB = bts.zipped(TABLE + bytes(20_000_000))


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        pytest.param(
            Answer(bts.zipped(JANUARY), etag='"2"'),
            WrongMonth,
            r"On_Time_2020_12\.zip holds 2020-01 instead of 2020-12: nothing was stored",
            id="another month",
        ),
        pytest.param(
            Answer(b"<html><body>Scheduled maintenance</body></html>"),
            http.ErrorPage,
            "is a web page, not a file: “Scheduled maintenance”",
            id="an error page with status 200",
        ),
        pytest.param(
            Answer(ZIP[:-100]), zips.BadArchive, r"On_Time_2020_12\.zip: .* not a whole zip", id="a truncated zip"
        ),
        pytest.param(
            Answer(ZIP[:2000] + bytes(50) + ZIP[2050:]), zips.BadArchive, "not a whole zip", id="a corrupted zip"
        ),
        pytest.param(Answer(BOMB), TooLarge, "more than 100 times the zip file", id="a zip bomb"),
        pytest.param(Answer(status=403), http.RequestRefused, "403", id="forbidden"),
        pytest.param(Answer(status=500), http.ServerUnavailable, "in 5 attempts", id="always overloaded"),
    ],
)
def test_a_bad_file_is_refused_and_the_current_version_stays(server, answer, error, message):
    server.answers = [FIRST]
    before = download_flights()
    server.answers = [answer]
    with pytest.raises(error, match=message):
        download_flights()
    assert lake.current_raw("flights", bts.MONTH) == before
    assert sorted(path.suffix for path in before.path.parent.iterdir()) == [".gz", ".json"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([Answer(status=500), FIRST], "overloaded once"),
        ([replace(FIRST, breaks_off_after_bytes=2_000), FIRST], "the connection breaks off"),
    ],
)
def test_temporary_failures_are_retried(server, answers, why):
    server.answers = list(answers)
    assert content(download_flights()) == TABLE, why


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("1987-09", r"The table begins in 1987-10\."),
        ("1990-01", "1990 to 1999 are not published at this address.*ONTIME_SOURCE=folder"),
        ("1999-12", "1990 to 1999 are not published at this address"),
        ("2000-01", "It was due in 2000-03"),
        ("2099-11", "expect 2099-11 at the end of 2100-01"),
    ],
)
def test_the_error_of_a_missing_month_says_when_to_expect_it_or_why_it_is_missing(server, month, message):
    server.answers = [Answer(status=404)]
    with pytest.raises(NotPublished, match=rf"\(404\).*{message}"):
        download_flights(month)


def test_airlines_are_the_lookup_table(server):
    server.answers = [Answer(bts.AIRLINES, last_modified="Mon, 01 Jan 2024 00:00:00 GMT")]
    [stored] = download("airlines", [ALL])
    assert (stored.path.read_bytes(), stored.row_count) == (bts.AIRLINES, 7)
    assert download("airlines", [ALL]) == [stored]
    assert server.asked("If-Modified-Since") == [None, "Mon, 01 Jan 2024 00:00:00 GMT"]
