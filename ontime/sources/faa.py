"""Aircraft from the registry of the Federal Aviation Administration, without the people who own them.

The registry's zip holds every owner's name and address, and none of that is stored. From ``MASTER.txt`` (one line per
aircraft) and ``ACFTREF.txt`` (one line per model) only the columns of the format ``faa`` are kept, joined by the
model's code. This is the only raw file whose lines are changed before they are stored. The FAA's ``ardata.pdf``
describes the files.
"""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ontime.datasets.aircraft import FORMATS
from ontime.files import atomic_target
from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import http, zips
from ontime.sources.base import DownloadFailed, Published
from ontime.sources.embedded import EmbeddedPublisher

COLUMNS = FORMATS["faa"]
AIRCRAFT_COLUMNS, MODEL_COLUMNS = COLUMNS[:3], COLUMNS[3:]
HINT = (
    "The FAA refuses programs that it does not know: identify yourself in ONTIME_USER_AGENT as it asks, or leave "
    "ONTIME_AIRCRAFT_REGISTRY at `embedded`."
)


class Registry:
    """The registry that ``ONTIME_AIRCRAFT_REGISTRY`` names: the FAA's of today, or the embedded one of 2013."""

    def fetch(self, partition: str, /, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write the aircraft with their models to ``target``. Returns None if ``previous`` is still current.

        Raises :class:`DownloadFailed`, also if the files in the zip have changed their format.
        """
        if settings.aircraft_registry == "embedded":
            return EmbeddedPublisher().fetch("aircraft", partition, target, previous)
        with tempfile.TemporaryDirectory(prefix=".faa-", dir=target.parent) as temporary:
            archive = Path(temporary) / "ReleasableAircraft.zip"
            published = http.fetch(settings.faa_url, archive, previous, hint=HINT)
            if published is not None:
                _join_models(archive, target)
        return published


def _join_models(archive: Path, target: Path) -> None:
    """Write each aircraft in the zip with the columns of its model; they are empty for an unknown model."""
    aircraft_file, model_file = (archive.with_name(name) for name in ("MASTER.txt", "ACFTREF.txt"))
    for path in (aircraft_file, model_file):
        zips.extract(archive, path.name, path)
    models = {code: model for code, *model in _rows(model_file, ("CODE", *MODEL_COLUMNS))}
    with atomic_target(target) as joined, joined.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        for aircraft in _rows(aircraft_file, AIRCRAFT_COLUMNS):
            lines.writerow([*aircraft, *models.get(aircraft[-1], [""] * len(MODEL_COLUMNS))])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """Yield the cells of these columns, stripped of padding; a cell is empty if the line is too short."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
        rows = csv.reader(lines, quoting=csv.QUOTE_NONE)
        header = [name.strip() for name in next(rows, [])]
        missing = ", ".join(column for column in columns if column not in header)
        if missing:
            raise DownloadFailed(
                f"{path.name} of the FAA's registry has no column {missing}: its format has changed; "
                "see ontime/sources/faa.py."
            )
        positions = [header.index(column) for column in columns]
        try:
            for row in filter(None, rows):
                yield [row[position].strip() if position < len(row) else "" for position in positions]
        except csv.Error as problem:
            raise DownloadFailed(
                f"{path.name} of the FAA's registry is no table (line {rows.line_num:,}: {problem}): try again later."
            ) from problem
