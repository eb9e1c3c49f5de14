"""Pedestrians of Auckland: rows of the publisher's file, clock times, and lines with the hour of another line."""

import csv

import pytest

from ontime.settings import PROJECT_DIR
from spark_jobs import footfall

SENSOR = "45 Queen Street"


def published_rows():
    file = PROJECT_DIR / "tests" / "published" / "footfall.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return [{name: text or None for name, text in record.items()} for record in csv.DictReader(lines)]


def line(date, hour, count="7.0", partition=None, **others):
    return {"date": date, "hour": hour, "year": "2019", SENSOR: count, "partition": partition or date[:7], **others}


def test_the_publishers_rows_are_clean(cleaned):
    """From 06:00 on 1 January to 01:00 on the next date, which is still the publisher's 1 January."""
    good, bad = cleaned(footfall, published_rows(), "2019-01", "footfall")
    assert (len(good), bad) == (20, [])
    hours = [(row.counted_at, f"{row.counted_local_at:%Y-%m-%d %H:%M}", row.sensor_45_queen_street) for row in good]
    assert (hours[0], hours[-1]) == (
        ("2018-12-31 17:00", "2019-01-01 06:00", 151),
        ("2019-01-01 12:00", "2019-01-02 01:00", 40),
    )
    assert {row.sensor_188_quay_street_lower_albert_ew for row in good} == {None}  # installed in 2022


#: A line, and the hour of its clean row in UTC, or the reason why it is rejected. Auckland is 13 hours ahead in summer
#: and 12 in winter: clocks skip 02:00 on 29 September 2019, and repeat 02:00 on 7 April.
LINES = {
    "an hour before clocks go forward": (line("2019-09-28", "1:00-1:59"), "2019-09-28 13:00"),
    "an hour that clocks skip": (line("2019-09-28", "2:00-2:59"), "invalid_time"),
    "the hour after": (line("2019-09-28", "3:00-3:59"), "2019-09-28 14:00"),
    "the first of two equal hours": (line("2019-04-06", "2:00-2:59"), "2019-04-06 13:00"),
    "the hour after both": (line("2019-04-06", "3:00-3:59"), "2019-04-06 15:00"),
    "the last hour of a month": (line("2019-01-31", "5:00-5:59"), "2019-01-31 16:00"),
    "no hour of a day": (line("2019-06-01", "24:00-24:59"), "invalid_time"),
    "two hours": (line("2019-06-02", "6:00-7:59"), "invalid_time"),
    "no day of a month": (line("2019-02-30", "6:00-6:59"), "invalid_time"),
    "no date": (line(None, "6:00-6:59", partition="2019-06"), "missing_value"),
    "no hour": (line("2019-06-03", None), "missing_value"),
    "another month's file": (line("2019-06-30", "6:00-6:59", partition="2019-07"), "wrong_month"),
    "no number": (line("2019-06-04", "6:00-6:59", "many"), "invalid_number"),
    "half a person": (line("2019-06-05", "6:00-6:59", "0.5"), "invalid_number"),
    "fewer than none": (line("2019-06-06", "6:00-6:59", "-1.0"), "implausible_value"),
    "a crowd that cannot be": (line("2019-06-07", "6:00-6:59", "20001.0"), "implausible_value"),
    "the largest crowd": (line("2019-06-08", "6:00-6:59", "20000.0"), "2019-06-07 18:00"),
    "nobody": (line("2019-06-09", "6:00-6:59", "0.0"), "2019-06-08 18:00"),
    "no sensor counts": (line("2019-06-10", "6:00-6:59", None), "2019-06-09 18:00"),
    "a cell too many": (line("2019-06-11", "6:00-6:59", malformed_line="2019-06-11,6"), "malformed_line"),
}


@pytest.fixture(scope="module")
def outcomes(cleaned):
    """The clean hour or the reason of each line, by line number, which a second sensor's column holds."""
    lines = [text | {"61 Federal Street": str(number)} for number, (text, _) in enumerate(LINES.values())]
    good, bad = cleaned(footfall, lines, format_="footfall")
    hours = {row.sensor_61_federal_street: row.counted_at for row in good}
    return hours | {int(row["61 Federal Street"]): row.reason for row in bad}


@pytest.mark.parametrize("name", LINES)
def test_a_line_has_its_hour_or_a_reason(outcomes, name):
    assert outcomes[list(LINES).index(name)] == LINES[name][1]


def test_of_lines_with_the_same_hour_the_one_between_its_neighbours_is_kept(cleaned):
    """As in January 2025, where a date was filled in downwards: lines 2 to 4, and 14, have the date of another day."""
    lines = [
        *[("2025-01-01", 2), ("2025-01-02", 3), ("2025-01-03", 4), ("2025-01-05", 6), ("2025-01-02", 7)],
        *[("2025-01-02", 2), ("2025-01-02", 3), ("2025-01-02", 4)],
        *[("2025-01-03", 3), ("2025-01-03", 4), ("2025-01-04", 5)],
        *[("2025-01-05", 6), ("2025-01-05", 7), ("2025-01-05", 6), ("2025-01-06", 7)],
    ]
    rows = [line(date, f"{hour}:00-{hour}:59", f"{number}.0") for number, (date, hour) in enumerate(lines, 1)]
    good, bad = cleaned(footfall, rows, "2025-01", "footfall")
    assert {row[SENSOR]: row.reason for row in bad} == dict.fromkeys(("2.0", "3.0", "4.0", "14.0"), "duplicate")
    kept = {row.sensor_45_queen_street: f"{row.counted_local_at:%d %H}" for row in good}
    assert (kept[7], kept[10], kept[12]) == ("03 03", "04 04", "05 06")
