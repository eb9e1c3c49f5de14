"""Weather by station and year, split into months: requests, kept files and failures."""

import gzip
import json
from pathlib import Path

import pytest

from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import DownloadFailed, NotPublished
from ontime.sources.ghcnh import HEADER, Ghcnh, stations
from tests.ontime.sources.misbehaving_server import Answer

JFK = (Path(__file__).parents[2] / "published" / "GHCNh_USW00094789_2025.psv").read_bytes()
ROWS = JFK.splitlines(keepends=True)[1:]
#: Another station's reports; the last one is a month later, and its line has no line end.
EWR = (
    (HEADER + b"\n" + b"".join([*ROWS[:2], ROWS[2].replace(b"2025-01-01", b"2025-02-28")]))
    .replace(b"USW00094789", b"USW00014734")
    .removesuffix(b"\n")
)


def five_minutes_of_rain() -> bytes:
    """A line of an ASOS rain gauge between two reports: all elements are empty except one."""
    cells = ROWS[1].split(b"|")[:11] + [b""] * 318
    cells[HEADER.split(b"|").index(b"precipitation_5_minute")] = b"0.3"
    return b"|".join(cells) + b"\n"


@pytest.fixture
def server(monkeypatch, publisher_server):
    """NOAA's server; requests go to Newark first, then to Kennedy."""
    monkeypatch.setattr(settings, "weather_airports", "JFK, ewr")
    monkeypatch.setattr(settings, "ghcnh_url", publisher_server.url("by-year"))
    return publisher_server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "weather.csv"


def lines_of(target: Path) -> list[bytes]:
    return gzip.decompress(target.read_bytes()).splitlines(keepends=True)


def test_a_month_holds_its_lines_of_every_station_unchanged(server, target):
    broken = b"USW00094789|JFK INTL AP|2025-01-31T23:51:00|2025\n"
    server.answers = [Answer(EWR), Answer(JFK + five_minutes_of_rain() + broken)]

    published = Ghcnh().fetch("2025-01", target)

    newark = [row.replace(b"USW00094789", b"USW00014734") for row in ROWS[:2]]
    assert lines_of(target) == [HEADER + b"\n", *newark, *ROWS, broken]
    assert published.source == f"{settings.ghcnh_url}/2025/psv/ (2 stations)"
    assert server.paths == [f"/by-year/2025/psv/GHCNh_{id}_2025.psv" for id in ("USW00014734", "USW00094789")]


def test_a_year_is_requested_once_per_download_and_sent_only_when_it_has_changed(server, target, capsys):
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    ghcnh = Ghcnh()
    ghcnh.fetch("2025-01", target)
    january = target.read_bytes()

    ghcnh.fetch("2025-02", target)  # reads the files of the first month

    assert len(server.paths) == 2
    assert [line.split(b"|")[2] for line in lines_of(target)[1:]] == [b"2025-02-28T01:51:00"]
    assert "2025-02: nothing from JFK" in capsys.readouterr().out

    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    Ghcnh().fetch("2025-01", target)

    assert server.asked("If-None-Match") == [None, None, '"1"', '"2"']
    assert target.read_bytes() == january  # equal bytes: no new version

    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK.replace(b"|9.4|", b"|9.5|"), etag='"3"')]
    Ghcnh().fetch("2025-01", target)

    before = gzip.decompress(january).splitlines(keepends=True)
    changed = [new for new, old in zip(lines_of(target), before, strict=True) if new != old]
    assert [line.split(b"|")[11] for line in changed] == [b"9.5", b"9.5"]  # at 00:00 and 04:51


PAGE = b"<!DOCTYPE html><html><body>Scheduled maintenance</body></html>"
FAILURES = [
    pytest.param([Answer(EWR), Answer(PAGE)], http.ErrorPage, "Scheduled maintenance", id="a page with status 200"),
    pytest.param([Answer(EWR), Answer(JFK, breaks_off_after_bytes=20_000)], http.ServerUnavailable,
                 "received 20000 bytes", id="every transfer breaks off"),
    pytest.param([Answer(EWR), Answer(status=403)], http.RequestRefused, "answers 403", id="refused"),
    pytest.param([Answer(EWR), Answer(JFK.replace(b"temperature|", b"air_temperature|", 1))], DownloadFailed,
                 "Missing: temperature. Unexpected: air_temperature", id="another column"),
    pytest.param([Answer(EWR), Answer(JFK.replace(b"|", b","))], DownloadFailed, "other columns than GHCNh",
                 id="another delimiter"),
    pytest.param([Answer(EWR), Answer(b"")], DownloadFailed, "other columns than GHCNh", id="an empty file"),
    pytest.param([Answer(status=404)], NotPublished, "no report of 2025-01 from 2 stations", id="no file at all"),
    pytest.param([Answer(HEADER + b"\n")], NotPublished, "is not published yet", id="no station has the month"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "error", "message"), FAILURES)
def test_an_incomplete_month_is_not_written(server, target, answers, error, message):
    server.answers = answers
    with pytest.raises(error, match=message):
        Ghcnh().fetch("2025-01", target)
    assert not list(settings.station_years_dir.rglob("USW00094789*gz")) or error is NotPublished


def test_a_station_without_the_year_is_printed_and_left_out(server, target, capsys):
    server.answers = [Answer(status=404), Answer(JFK)]

    published = Ghcnh().fetch("2025-01", target)

    assert lines_of(target)[1:] == ROWS
    assert published.source.endswith("(1 stations)")
    assert "weather 2025-01: nothing from EWR" in capsys.readouterr().out


def test_a_lost_station_file_is_downloaded_again(server, target):
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    Ghcnh().fetch("2025-01", target)
    (settings.station_years_dir / "2025" / "USW00094789.psv.gz").unlink()

    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    Ghcnh().fetch("2025-01", target)

    assert server.asked("If-None-Match")[2:] == ['"1"', None]
    assert len(lines_of(target)) == 1 + 2 + len(ROWS)


def test_a_version_file_of_an_earlier_release_is_read(server, target):
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    Ghcnh().fetch("2025-01", target)
    for path in (settings.station_years_dir / "2025").glob("*.json"):
        path.write_text(
            json.dumps(json.loads(path.read_text()) | {"size_bytes": 1, "sha256": "0", "is_modified": True})
        )

    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"2"')]
    Ghcnh().fetch("2025-01", target)

    assert server.asked("If-None-Match")[2:] == ['"1"', '"2"']


def test_all_airports_of_the_crosswalk_are_selected_unless_the_setting_names_some(monkeypatch):
    monkeypatch.setattr(settings, "weather_airports", "")
    everywhere = stations()
    assert len(everywhere) == 380 and everywhere["JFK"] == "USW00094789"
    monkeypatch.setattr(settings, "weather_airports", "SFO, XYZ")
    with pytest.raises(DownloadFailed, match="known for XYZ: leave them out of ONTIME_WEATHER_AIRPORTS, or add them"):
        stations()


@pytest.mark.parametrize(
    ("name", "content"),
    [("USW00014734.psv.gz", b"\x1f\x8b"), ("USW00014734.json", b""), ("USW00014734.json", b"[]")],
    ids=["a cut file", "an empty record", "a record of another type"],
)
def test_a_damaged_kept_file_is_downloaded_again(server, target, name, content):
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"1"')]
    Ghcnh().fetch("2025-01", target)
    whole = lines_of(target)
    (settings.station_years_dir / "2025" / name).write_bytes(content)
    (settings.station_years_dir / "2025" / ".download-killed").mkdir()
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"1"')]
    Ghcnh().fetch("2025-01", target)
    assert lines_of(target) == whole
    kept = sorted(path.suffix for path in (settings.station_years_dir / "2025").iterdir())
    assert kept == [".gz", ".gz", ".json", ".json"]
