"""The publisher sends November in two files: one airline filed late, and its flights came afterwards."""

from pathlib import Path

LATE_AIRLINE = b"EV"


def publisher(folder: Path) -> None:
    """Split November: one file without the late airline, one with its flights."""
    first, second = folder / "flights" / "2013-11.csv", folder / "flights" / "2013-11.part2.csv"
    header, *lines = first.read_bytes().splitlines()
    airline = header.split(b",").index(b"carrier")
    late = [line for line in lines if line.split(b",")[airline] == LATE_AIRLINE]
    on_time = [line for line in lines if line.split(b",")[airline] != LATE_AIRLINE]
    # Without a line break at the end, as many programs write it.
    first.write_bytes(b"\n".join([header, *on_time]))
    second.write_bytes(b"\n".join([header, *late]))
