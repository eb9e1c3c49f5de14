"""Live weather from HTTP to its clean partition: a month of two stations, with both gates."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet
import pytest

from expectations.validate import validate_clean, validate_raw
from ontime import lake
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.download import download
from spark_jobs.engine import partitions
from tests.ontime.sources.misbehaving_server import Answer, misbehaving_server

pytestmark = pytest.mark.more

HEADER, *REPORTS = (
    (Path(__file__).parents[1] / "published" / "GHCNh_USW00094789_2025.psv").read_bytes().splitlines(keepends=True)
)
MONTH, NEXT = "2025-01", "2025-02"
DAYS = 31
#: The routine reports of that day's first eight hours, in °C.
TEMPERATURES = [10.0, 10.6, 10.0, 10.6, 9.4, 8.9, 7.2, 8.3]


def on(day: str, station: bytes = b"USW00094789") -> bytes:
    """The day's reports, dated as another day."""
    year, month, number = day.encode().split(b"-")
    cells = b"|2025|01|01|", b"|%b|%b|%b|" % (year, month, number)
    return b"".join(
        report.replace(b"|2025-01-01T", b"|" + day.encode() + b"T").replace(*cells).replace(b"USW00094789", station)
        for report in REPORTS
    )


#: Kennedy reports on every day of January and one of February. Newark's file is truncated on its second day, and one of
#: its remarks has an opening quote without a closing one.
JFK = HEADER + b"".join(on(f"2025-01-{day:02d}") for day in range(1, DAYS + 1)) + on("2025-02-01")
EWR = HEADER + on("2025-01-01", b"USW00014734").replace(b"|MET", b'|"MET') + b"USW00014734|NEWARK|2025-01-02T00"


@pytest.fixture(scope="module")
def server(module_data_dir):
    """NOAA's server on this machine; it serves Newark first, then Kennedy."""
    with pytest.MonkeyPatch.context() as patch, misbehaving_server() as server:
        patch.setattr(settings, "source", "live")
        patch.setattr(settings, "weather_airports", "EWR JFK")
        patch.setattr(settings, "ghcnh_url", server.url("by-year"))
        patch.setattr(http, "MINIMUM_INTERVAL_SECONDS", 0)
        server.answers = [Answer(EWR, etag='"1"'), Answer(JFK, etag='"1"')]
        yield server


@pytest.fixture(scope="module")
def cleaned(spark, server) -> lake.CleanPartition:
    download("weather", [MONTH, NEXT])
    validate_raw("weather", [MONTH])
    (partition,) = partitions.clean("weather", [MONTH], lambda _: spark)
    validate_clean("weather", [MONTH])
    return partition


def test_the_month_passes_its_gates_and_no_row_is_lost(server, cleaned):
    assert len(server.paths) == 2  # one request per station for both months
    assert cleaned.rows_raw == 15 * (DAYS + 1) + 1
    assert cleaned.rows_clean == 8 * (DAYS + 1)
    assert cleaned.quarantined_by_reason == {"malformed_line": 1, "superseded": 7 * (DAYS + 1)}
    assert (cleaned.rows_wrong, cleaned.is_validated) == (1, True)


def test_every_hour_has_its_routine_report(cleaned):
    (file,) = cleaned.path.resolve().glob("*.parquet")
    rows = pyarrow.parquet.ParquetFile(file).read().to_pylist()
    temperatures = {(row["airport_code"], row["observed_at"]): row["temperature_celsius"] for row in rows}
    days = {"EWR": 1, "JFK": DAYS}
    assert temperatures == {
        (airport, datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)): temperature
        for airport, count in days.items()
        for day in range(count)
        for hour, temperature in enumerate(TEMPERATURES)
    }


def test_quarantine_holds_the_whole_published_row(cleaned):
    (file,) = lake.quarantine_partition_dir("weather", MONTH).resolve().glob("*.parquet")
    rows = pyarrow.parquet.ParquetFile(file).read().to_pylist()
    special = next(row for row in rows if row["raw_DATE"] == "2025-01-31T02:32:00")
    published = dict(zip(HEADER.decode().rstrip().split("|"), REPORTS[3].decode().rstrip("\n").split("|"), strict=True))
    published |= {"DATE": "2025-01-31T02:32:00", "Day": "31"}
    assert special == {
        **{f"raw_{name}": value or None for name, value in published.items()},
        "malformed_line": None,
        "reason": "superseded",
    }


def test_a_late_report_changes_only_its_month(server, cleaned):
    january, february = (lake.current_raw("weather", month) for month in (MONTH, NEXT))
    late = on("2025-02-02").splitlines(keepends=True)[0]
    server.answers = [Answer(EWR, etag='"1"'), Answer(JFK + late, etag='"2"')]

    unchanged, changed = download("weather", [MONTH, NEXT])

    assert server.asked("If-None-Match")[-2:] == ['"1"', '"1"']
    assert (unchanged, changed.row_count) == (january, february.row_count + 1)
    assert gzip.decompress(changed.path.read_bytes()).endswith(late)
