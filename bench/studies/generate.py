"""Raw flight files of any size, made from the real ones: every flight is repeated under other flight numbers.

A copy has another flight number and another aircraft than the real row, so that keys stay unique. Times, delays, routes
and the order of the file stay real. These files are for measurements only; the pipeline never reads them.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.studies import ROOT
from bench.studies.measure import cost
from bench.studies.programs import environment, ontime
from ontime import lake
from ontime.contract import ALL
from ontime.datasets.flights import FORMATS
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.download import download
from ontime.sources.embedded import EmbeddedPublisher

#: Larger than any real flight number.
NUMBER_STEP = 10_000
FLIGHT, TAIL = (FORMATS["nycflights13"].index(name) for name in ("flight", "tailnum"))


def make_lake(scale: int, first_month: str, last_month: str) -> int:
    """Create a lake with ``scale`` times the real flights, and use it from here on; returns the number of flights.

    Sets ``settings.data_dir``: each scale has its own.
    """
    settings.data_dir = ROOT / f"{scale}x"
    for dataset in ("airports", "airlines"):
        download(dataset, [ALL])
    cost(ontime("clean", "airports", "airlines"), environment())
    return sum(generate(month, scale).row_count for month in months_between(first_month, last_month))


def generate(month: str, scale: int) -> lake.RawFile:
    """Store a raw month with ``scale`` times the real flights; with 1 it is the publisher's file."""
    folder = lake.raw_partition_dir("flights", month)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        real, target = Path(temporary) / "real.csv", Path(temporary) / "flights.csv"
        source = EmbeddedPublisher().fetch("flights", month, real).source
        with real.open() as lines, target.open("w") as file:
            file.write(next(lines))
            for line in lines:
                file.writelines(copies(line, scale))
        return lake.store_raw("flights", month, target, f"{source}, {scale}x")


def copies(line: str, scale: int) -> Iterator[str]:
    """A row of the publisher's file, and ``scale`` - 1 copies of it."""
    yield line
    cells = line.split(",")
    flight, tail = int(cells[FLIGHT]), cells[TAIL]
    for copy in range(1, scale):
        cells[FLIGHT] = str(flight + copy * NUMBER_STEP)
        cells[TAIL] = tail if tail == "NA" else f"{tail}.{copy}"
        yield ",".join(cells)
