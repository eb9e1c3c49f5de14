"""9 February is broken: nothing is, and the figures of the publisher's file show it."""

import csv
from collections import Counter

DAYS = ("2013-02-08", "2013-02-09")


def days(world) -> dict[str, Counter]:
    """By local date, the number of scheduled and of cancelled flights in the publisher's file."""
    found = {day: Counter() for day in DAYS}
    with world.raw("flights", "2013-02").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            day = f"2013-02-{int(row['day']):02d}"
            if day in found:
                found[day].update(scheduled=1, cancelled=row["dep_time"] in ("", "NA"))
    return found


def truth(world):
    return {"dataset": "flights", "months": ["2013-02"], "rows_affected": 0}


def test_code(world):
    """The code is as the incident brought it: there is nothing to repair"""
    changed = world.git("diff", "--name-only", world.facts.commits[-1], "HEAD", "--", ".", ":!answers").splitlines()
    assert not changed, f"{', '.join(changed[:5])} differ, and nothing was wrong with them"


def test_unchanged(world):
    """Readers have the version that they had"""
    version = world.seen.published
    assert version == world.facts.healthy, f"{version or 'nothing'} is published instead of {world.facts.healthy}"


def test_day(world):
    """Both days are published as the publisher sent them"""
    found = {
        day: {"scheduled": scheduled, "cancelled": cancelled}
        for day, scheduled, cancelled in world.query(
            "select flight_date::varchar, count(*), count(*) filter (is_cancelled) from marts.fct_flights group by all"
        )
    }
    for day, expected in days(world).items():
        assert found.get(day) == dict(expected), (
            f"{day} is published with {found.get(day, {}).get('scheduled', 0)} flights"
        )


def test_numbers(world):
    """Diagnosis: the numbers of the two days"""
    before, day = days(world).values()
    right = {
        "scheduled": day["scheduled"],
        "cancelled": day["cancelled"],
        "cancelled_day_before": before["cancelled"],
    }
    for name, number in right.items():
        given = world.diagnosis.get(name, "")
        assert given != "", f"{name} is not filled in"
        assert given == number, f"{name}: {given} is not what the publisher's file says (dates are local)"
