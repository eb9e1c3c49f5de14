"""Hourly weather from GHCNh, NOAA's Global Historical Climatology Network hourly: station-years, cut into months.

NOAA publishes a file per station and year, and rewrites it when the station reports or an old report is put right.
Each is kept as it came, gzip'ed, beside the raw months, so one that has not changed costs one small request. A month
is the header and that month's lines of all stations in use, unchanged, in the order of the seed `station_crosswalk`.

The format: NOAA's `ghcnh_DOCUMENTATION.pdf` and `ghcnh-columns.pdf`, version 1.1.0 of March 2026, all files since.
"""

import csv
import gzip
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from ontime.datasets.weather import FORMATS
from ontime.files import write_json
from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import DownloadFailed, NotPublished, Published

COLUMNS = FORMATS["ghcnh"]
HEADER = "|".join(COLUMNS).encode()
DATE = COLUMNS.index("DATE")
#: The elements that the cleaning reads. Lines with none of them are other instruments': most lines of recent years
#: are a rain gauge's total of five minutes.
ELEMENTS = (
    "temperature",
    "dew_point_temperature",
    "relative_humidity",
    "wind_direction",
    "wind_speed",
    "wind_gust",
    "precipitation",
    "sea_level_pressure",
    "visibility",
)
_CELLS = tuple(COLUMNS.index(element) for element in ELEMENTS)


def stations() -> dict[str, str]:
    """The station of each airport in use, by airport code.

    Raises :class:`DownloadFailed` for an airport of ``ONTIME_WEATHER_AIRPORTS`` that has none.
    """
    with settings.station_crosswalk.open(newline="") as lines:
        known = {row["airport_code"]: row["station_id"] for row in csv.DictReader(lines)}
    wanted = settings.weather_airports.upper().replace(",", " ").split()
    unknown = sorted(set(wanted) - known.keys())
    if unknown:
        raise DownloadFailed(
            f"No weather station is known for {', '.join(unknown)}: leave them out of ONTIME_WEATHER_AIRPORTS, or add "
            f"them to {settings.station_crosswalk.name}."
        )
    return {code: known[code] for code in sorted(set(wanted))} if wanted else known


class Ghcnh:
    """GHCNh as one download sees it: of each station and year it asks once, however many months it wants."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], Path | None] = {}

    def fetch(self, month: str, target: Path, known: RawFile | None = None) -> Published:
        """Write a month's lines of all stations in use to ``target``, gzip'ed.

        A station that has no file, or no line in it, is told and left out. Raises :class:`NotPublished` where none
        has any, and :class:`DownloadFailed`: of a month that is not whole, nothing is written.
        """
        in_use, silent = stations(), []
        part = target.with_name(f".{target.name}.part")
        with _gzip(part) as file:
            file.write(HEADER + b"\n")
            for number, (code, station) in enumerate(in_use.items(), 1):
                station_year = self._station_year(station, month[:4])
                before = file.tell()
                if station_year:
                    file.writelines(_lines(station_year, month))
                if file.tell() == before:
                    silent.append(code)
                if number % 50 == 0:
                    print(f"weather {month}: {number} of {len(in_use)} stations", flush=True)
        if len(silent) == len(in_use):
            raise NotPublished(
                f"NOAA has no report of {month} from {len(in_use)} stations: GHCNh follows within days, "
                "so the month is still to come, or before the first."
            )
        os.replace(part, target)
        if silent:
            print(f"weather {month}: nothing from {', '.join(silent)}", flush=True)
        return Published(f"{settings.ghcnh_url}/{month[:4]}/psv/ ({len(in_use) - len(silent)} stations)")

    def _station_year(self, station: str, year: str) -> Path | None:
        """The file of a station and year, as NOAA has it now; the last one that it had, or None where it has none."""
        if (station, year) not in self._answers:
            self._answers[station, year] = _fetch_station_year(station, year)
        return self._answers[station, year]


def _fetch_station_year(station: str, year: str) -> Path | None:
    url = f"{settings.ghcnh_url}/{year}/psv/GHCNh_{station}_{year}.psv"
    kept = settings.station_years_dir / year / f"{station}.psv.gz"
    notes = kept.with_name(f"{station}.json")
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = http.Fetched(**json.loads(notes.read_text())) if kept.exists() and notes.exists() else None
    with tempfile.TemporaryDirectory(prefix=".download-", dir=kept.parent) as temporary:
        fresh = Path(temporary) / f"{station}.psv"
        try:
            fetched = http.fetch(url, fresh, known)
        except NotPublished:
            return kept if kept.exists() else None
        if fetched.is_modified:
            with fresh.open("rb") as lines:
                _check_header(url, lines.readline())
                lines.seek(0)
                with _gzip(fresh.with_suffix(".gz")) as file:
                    shutil.copyfileobj(lines, file)
            os.replace(fresh.with_suffix(".gz"), kept)
            write_json(notes, asdict(fetched))
    return kept


def _check_header(url: str, line: bytes) -> None:
    if line.rstrip(b"\r\n") != HEADER:
        found = line.decode(errors="replace").rstrip().split("|")
        missing = ", ".join(name for name in COLUMNS if name not in found) or "none"
        unexpected = ", ".join(name for name in found if name not in COLUMNS) or "none"
        raise DownloadFailed(
            f"{url} has other columns than GHCNh 1.1.0, or another order. Missing: {missing:.300}. "
            f"Unexpected: {unexpected:.300}. If NOAA has a new version, change FORMATS in ontime/sources/weather.py."
        )


def _lines(station_year: Path, month: str) -> Iterator[bytes]:
    """The lines of a month that report weather, or that are broken: the cleaning tells those apart."""
    is_of_month = re.compile(rb"(?:[^|]*\|){%d}%b-" % (DATE, month.encode())).match
    with gzip.open(station_year) as lines:
        next(lines)
        for line in lines:
            if not is_of_month(line):
                continue
            cells = line.rstrip(b"\r\n").split(b"|")
            if len(cells) != len(COLUMNS) or any(cells[cell] for cell in _CELLS):
                yield line if line.endswith(b"\n") else line + b"\n"


@contextmanager
def _gzip(path: Path) -> Iterator[gzip.GzipFile]:
    """A file to write to: the same content gives the same bytes, whatever its name and the time."""
    with path.open("wb") as packed, gzip.GzipFile("", "wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        yield file
