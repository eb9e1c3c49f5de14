"""The publisher's March has a column more, between the two airports of a flight."""

import csv
from pathlib import Path

#: A flight's terminal at its origin, by airline; some rows have none.
TERMINALS = {"AA": "8", "B6": "5", "DL": "4", "UA": "C", "US": "C", "WN": "A", "VX": "4"}


def publisher(folder: Path) -> None:
    """Add the column to March."""
    add_terminals(folder / "flights" / "2013-03.csv")


def add_terminals(file: Path) -> None:
    """Write the column ``terminal`` after ``origin``."""
    with file.open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    place, airline = header.index("origin") + 1, header.index("carrier")
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([*header[:place], "terminal", *header[place:]])
        writer.writerows([*row[:place], TERMINALS.get(row[airline], "NA"), *row[place:]] for row in rows)
