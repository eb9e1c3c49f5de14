"""A new column: March as the publisher sent it, old layouts that can still be read, and a gate that still refuses."""

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

MONTH = "2013-03"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def truth(world):
    return {"dataset": "flights", "months": [MONTH], "rows_affected": len(rows(world.raw("flights", MONTH)))}


def test_raw(world):
    """The raw file of March is the publisher's, byte for byte"""
    stored = [path.read_bytes() for path in (world.data / "raw" / "flights" / MONTH).glob("*.csv")]
    assert world.raw("flights", MONTH).read_bytes() in stored, "the publisher's file is not in the raw lake"
    assert len(stored) == 1, f"{len(stored)} files of March are in the raw lake, and the publisher sent one"


def test_flights(world):
    """Every flight of March is published, with its delays"""
    flights = rows(world.raw("flights", MONTH))
    expected = Counter(
        (
            row["carrier"],
            int(row["flight"]),
            row["origin"],
            row["dest"],
            _number(row["dep_delay"]),
            _number(row["arr_delay"]),
        )
        for row in flights
    )
    found = Counter(
        world.query(
            "select airline_code, flight_number, origin_airport_code, destination_airport_code, "
            "departure_delay_minutes, arrival_delay_minutes from marts.fct_flights "
            f"where strftime(flight_date, '%Y-%m') = '{MONTH}'"
        )
    )
    missing, too_many = sum((expected - found).values()), sum((found - expected).values())
    assert not missing + too_many, (
        f"of {len(flights):,} flights of the publisher, {missing:,} are not published as they were sent"
    )


def test_old_layout(world):
    """Files of the old layout pass the gate, as before"""
    run = world.ontime("check", "raw", "flights", "--from", "2013-01", "--to", "2013-02")
    assert not run.code, f"a correction of February would be refused: {run.sentence}"


@pytest.fixture
def gate(world, tmp_path):
    """A function that says whether a file of March, made from the publisher's by ``change``, passes the raw gate."""

    def passes(change) -> bool:
        with world.raw("flights", MONTH).open(newline="", encoding="utf-8") as lines:
            header, *cells = csv.reader(lines)
        folder = tmp_path / "publisher" / "flights"
        folder.mkdir(parents=True)
        with (folder / f"{MONTH}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(change(header, cells))
        places = {"ONTIME_DATA_DIR": str(tmp_path / "data"), "ONTIME_SOURCE_DIR": str(folder.parent)}
        commands = [[*step, "flights", "--from", MONTH] for step in (["download"], ["check", "raw"])]
        run = world.runner.commands(world.code, world.environment | places, commands)
        shutil.rmtree(tmp_path / "publisher")
        return not run.code

    return passes


def test_moved_column(gate):
    """A file whose columns are in an order that nobody knows is refused"""

    def swapped(header, cells):
        origin, destination = header.index("origin"), header.index("dest")
        header[origin], header[destination] = header[destination], header[origin]
        return [header, *cells]

    assert not gate(swapped), "with the names of origin and destination exchanged, a file passes the gate"


def test_missing_column(gate):
    """A file with an unknown column in place of a known one is refused"""

    def renamed(header, cells):
        header[header.index("terminal")] = "gate"
        return [header, *cells]

    assert not gate(renamed), "a file with a column that no format has passes the gate"


def test_cut_file(gate):
    """A file of the new layout that was cut short is refused"""

    def cut(header, cells):
        return [header, *cells[: len(cells) // 2]]

    assert not gate(cut), "half of March, in the new layout, passes the gate"


def _number(text: str) -> int | None:
    return None if text in ("", "NA") else int(float(text))
