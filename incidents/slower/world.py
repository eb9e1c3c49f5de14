"""February arrives with some times that are none."""

import csv
from itertools import cycle

#: Texts that look like HHMM, and are no time of day.
NO_TIMES = cycle(["2460", "1275", "1199", "2401"])


def publisher(folder):
    """Every 2,000th flight of February has a planned arrival that is no time."""
    file = folder / "flights" / "2013-02.csv"
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows[7::2000]:
        row["sched_arr_time"] = next(NO_TIMES)
    with file.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
