"""Hourly weather from GHCNh, NOAA's Global Historical Climatology Network hourly.

NOAA publishes one file per station and year, and rewrites it when the station reports or an old report is corrected.
Each file is kept gzip-compressed beside the raw months, so a file that has not changed costs one small request. A raw
month is the header and that month's lines of all selected stations, unchanged, in the order of the seed
`station_crosswalk`.

The format is version 1.1.0, in use since March 2026: see NOAA's `ghcnh_DOCUMENTATION.pdf` and `ghcnh-columns.pdf`.
"""

import csv
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ontime import locks
from ontime.datasets.weather import FORMATS
from ontime.files import atomic_target, file_sha256, move, write_json
from ontime.lake import RawFile
from ontime.lake.lines import MAXIMUM_BYTES
from ontime.settings import settings
from ontime.sources import http, zips
from ontime.sources.base import DownloadFailed, NotPublished, Published

COLUMNS = FORMATS["ghcnh"]
HEADER = "|".join(COLUMNS).encode()
DATE = COLUMNS.index("DATE")
#: The elements that the cleaning reads. Lines without any of them come from other instruments and are left out: in
#: recent years most lines are five-minute totals of a rain gauge.
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
ELEMENT_POSITIONS = tuple(COLUMNS.index(element) for element in ELEMENTS)
GZIP_LEVEL = 6
#: A download prints its progress after this many stations.
PROGRESS_INTERVAL = 50


def stations() -> dict[str, str]:
    """The station id of each selected airport code: ``ONTIME_WEATHER_AIRPORTS``, or all of the seed.

    Raises :class:`DownloadFailed` if a selected airport has no station.
    """
    with settings.station_crosswalk.open(newline="") as lines:
        station_ids = {row["airport_code"]: row["station_id"] for row in csv.DictReader(lines)}
    selected = sorted(set(settings.weather_airports.upper().replace(",", " ").split()))
    unknown = [code for code in selected if code not in station_ids]
    if unknown:
        raise DownloadFailed(
            f"No weather station is known for {', '.join(unknown)}: leave them out of ONTIME_WEATHER_AIRPORTS, or add "
            f"them to {settings.station_crosswalk.name}."
        )
    return {code: station_ids[code] for code in selected} if selected else station_ids


class Ghcnh:
    """Downloads months of weather; asks for each station and year once, however many months it fetches."""

    def __init__(self) -> None:
        self._station_years: dict[tuple[str, str], Path | None] = {}

    def fetch(self, month: str, /, target: Path, previous: RawFile | None = None) -> Published:
        """Write a month's lines of all selected stations to ``target``, gzip-compressed.

        Stations without a line for the month are printed and left out. Raises :class:`NotPublished` if no station has
        a line, and :class:`DownloadFailed` if any station's file cannot be downloaded; both write nothing.
        """
        station_ids = stations()
        with atomic_target(target) as part:
            without_lines = self._write_month(month, station_ids, part)
            if len(without_lines) == len(station_ids):
                raise NotPublished(
                    f"NOAA has no report of {month} from {len(station_ids)} stations: GHCNh is a few days behind, "
                    "so the month is not published yet, or it is before the first month."
                )
        if without_lines:
            print(f"weather {month}: nothing from {', '.join(without_lines)}", flush=True)
        reporting = len(station_ids) - len(without_lines)
        return Published(f"{settings.ghcnh_url}/{month[:4]}/psv/ ({reporting} stations)")

    def _write_month(self, month: str, station_ids: dict[str, str], target: Path) -> list[str]:
        """Write the header and the month's lines; return the airports whose station has no line."""
        without_lines = []
        with zips.gzip_writer(target, GZIP_LEVEL) as file:
            file.write(HEADER + b"\n")
            for number, (code, station) in enumerate(station_ids.items(), 1):
                size_before = file.tell()
                if station_year := self._station_year(station, month[:4]):
                    file.writelines(_lines(station_year, month))
                if file.tell() == size_before:
                    without_lines.append(code)
                if number % PROGRESS_INTERVAL == 0:
                    print(f"weather {month}: {number} of {len(station_ids)} stations", flush=True)
        return without_lines

    def _station_year(self, station: str, year: str) -> Path | None:
        if (station, year) not in self._station_years:
            self._station_years[station, year] = _fetch_station_year(station, year)
        return self._station_years[station, year]


def _fetch_station_year(station: str, year: str) -> Path | None:
    """Bring the kept file of a station and year up to date.

    Returns the kept file; None if NOAA has no such file and no undamaged one is kept. A kept file is downloaded again
    if it or its record is damaged.
    """
    # One download at a time: another process may want the same file, and a killed one may have left half of it.
    with locks.hold(locks.station_years_lock(year), f"The download of the weather of {year}"):
        return _fetch_alone(station, year)


def _fetch_alone(station: str, year: str) -> Path | None:
    url = f"{settings.ghcnh_url}/{year}/psv/GHCNh_{station}_{year}.psv"
    kept = settings.station_years_dir / year / f"{station}.psv.gz"
    kept.parent.mkdir(parents=True, exist_ok=True)
    for leftover in kept.parent.glob(".download-*"):
        shutil.rmtree(leftover)
    version = _kept_version(kept)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=kept.parent) as temporary:
        fresh = Path(temporary) / f"{station}.psv"
        try:
            published = http.fetch(url, fresh, version)
        except NotPublished:
            return kept if version else None
        if published:
            _keep(fresh, kept, published)
    return kept


def _kept_version(kept: Path) -> Published | None:
    """The version of a kept file; None if there is none, or if it or its record is damaged."""
    try:
        version = json.loads(_version_file(kept).read_bytes())
        published = Published(version["url"], version["etag"], version["last_modified"])
        # Records of earlier versions have no digest.
        is_whole = file_sha256(kept) == version["kept_sha256"] if "kept_sha256" in version else kept.exists()
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return published if is_whole else None


def _keep(fresh: Path, kept: Path, published: Published) -> None:
    """Check the header of a downloaded file, compress it, and replace the kept one."""
    compressed = fresh.with_suffix(".gz")
    with fresh.open("rb") as lines, zips.gzip_writer(compressed, GZIP_LEVEL) as file:
        _check_header(published.source, lines.readline(MAXIMUM_BYTES))
        lines.seek(0)
        shutil.copyfileobj(lines, file)
    version = {"url": published.source, "etag": published.etag, "last_modified": published.last_modified}
    sha256 = file_sha256(compressed)
    move(compressed, kept)
    write_json(_version_file(kept), version | {"kept_sha256": sha256})


def _version_file(kept: Path) -> Path:
    return kept.with_name(kept.name.replace(".psv.gz", ".json"))


def _check_header(url: str, line: bytes) -> None:
    if line.rstrip(b"\r\n") != HEADER:
        columns = line.decode(errors="replace").rstrip().split("|")
        missing = ", ".join(name for name in COLUMNS if name not in columns) or "none"
        unexpected = ", ".join(name for name in columns if name not in COLUMNS) or "none"
        raise DownloadFailed(
            f"{url} has other columns than GHCNh 1.1.0, or another order. Missing: {missing:.300}. "
            f"Unexpected: {unexpected:.300}. If NOAA has a new version, change FORMATS in ontime/datasets/weather.py."
        )


def _lines(station_year: Path, month: str) -> Iterator[bytes]:
    """Yield the month's lines that report weather, and broken lines, which the cleaning puts in quarantine."""
    is_of_month = re.compile(rb"(?:[^|]*\|){%d}%b-" % (DATE, month.encode())).match
    with gzip.open(station_year) as lines:
        next(lines)
        for line in lines:
            if not is_of_month(line):
                continue
            cells = line.rstrip(b"\r\n").split(b"|")
            if len(cells) != len(COLUMNS) or any(cells[position] for position in ELEMENT_POSITIONS):
                yield line if line.endswith(b"\n") else line + b"\n"
