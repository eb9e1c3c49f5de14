"""Aircraft from the registry of the Federal Aviation Administration, without the people who own them.

The registry's zip holds every owner's name and address. None of that is kept: of ``MASTER.txt`` (one line per
aircraft) and ``ACFTREF.txt`` (one per model) only what :data:`FORMATS` names is written, joined by the model's code.
It is the one raw file that is not the publisher's bytes. The format: the FAA's ``ardata.pdf``.
"""

import csv
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ontime.datasets.aircraft import FORMATS
from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import DownloadFailed, Published

COLUMNS = FORMATS["faa"]
OF_AIRCRAFT, OF_MODEL = COLUMNS[:3], COLUMNS[3:]
HINT = (
    "The FAA refuses programs that it does not know: name yourself in ONTIME_USER_AGENT as it asks, or leave "
    "ONTIME_AIRCRAFT_REGISTRY at `embedded`."
)


def fetch(partition: str, target: Path, known: RawFile | None = None) -> Published | None:
    """Write the aircraft and their models to ``target``, unless the registry is still the known one.

    Raises :class:`DownloadFailed`, also where the files of the zip are not as described.
    """
    with tempfile.TemporaryDirectory(prefix=".faa-", dir=target.parent) as temporary:
        folder = Path(temporary)
        archive = folder / "ReleasableAircraft.zip"
        fetched = http.fetch(settings.faa_url, archive, http.fetched_before(settings.faa_url, known), hint=HINT)
        if not fetched.is_modified:
            return None
        for name in ("MASTER.txt", "ACFTREF.txt"):
            http.extract(archive, name, folder / name)
        archive.unlink()
        models = {code: model for code, *model in _rows(folder / "ACFTREF.txt", ("CODE", *OF_MODEL))}
        joined = folder / target.name
        with joined.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(COLUMNS)
            for aircraft in _rows(folder / "MASTER.txt", OF_AIRCRAFT):
                lines.writerow([*aircraft, *models.get(aircraft[-1], [""] * len(OF_MODEL))])
        os.replace(joined, target)
    return Published(fetched.url, fetched.etag, fetched.last_modified)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """These columns of a file of the registry, without the blanks that fill them up; what a line lacks is empty."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
        rows = csv.reader(lines, quoting=csv.QUOTE_NONE)
        header = [name.strip() for name in next(rows, [])]
        missing = ", ".join(column for column in columns if column not in header)
        if missing:
            raise DownloadFailed(
                f"{path.name} of the FAA's registry has no column {missing}: its format has changed; "
                "see ontime/sources/faa.py."
            )
        cells = [header.index(column) for column in columns]
        for row in filter(None, rows):
            yield [row[cell].strip() if cell < len(row) else "" for cell in cells]
