"""November is late: the flights of both files of the publisher, one by one."""

import csv
from collections import Counter

MONTH = "2013-11"
FILES = (MONTH, f"{MONTH}.part2")


def rows(world, name: str) -> list[dict[str, str]]:
    with world.raw("flights", name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def truth(world):
    # What the chain has read is the second file alone.
    return {"dataset": "flights", "months": [MONTH], "rows_affected": len(rows(world, MONTH))}


def test_flights(world):
    """Every flight of both files is published, once"""
    expected = Counter(
        (f"{MONTH}-{int(row['day']):02d}", row["carrier"], int(row["flight"]), row["origin"], row["dest"])
        for name in FILES
        for row in rows(world, name)
    )
    found = Counter(
        world.query(
            "select flight_date::varchar, airline_code, flight_number, origin_airport_code, destination_airport_code "
            f"from marts.fct_flights where strftime(flight_date, '%Y-%m') = '{MONTH}'"
        )
    )
    missing = Counter(flight[1] for flight in (expected - found).elements())
    assert not missing, (
        f"{sum(missing.values()):,} flights are not published, of {', '.join(sorted(missing)[:5])}"
        f"{' and others' if len(missing) > 5 else ''}"
    )
    assert found == expected, f"{sum((found - expected).values()):,} flights are published that the publisher has not"


def test_quarantine(world):
    """No row of November is in quarantine that the publisher did not send so"""
    files = [*(world.data / "quarantine" / "flights" / "year=2013" / "month=11").glob("*.parquet")]
    found = [reason for file in files for (reason,) in world.query(f"select reason from '{file}'")]
    assert not found, f"{len(found)} rows are in quarantine: {', '.join(sorted(set(found)))}"


def test_not_accepted(world):
    """The month passes its gate without being accepted by hand"""
    accepted = [*(world.data / "clean" / ".accepted").glob(f"flights-{MONTH}*")]
    assert not accepted, "November was accepted with --accept-volume: a month with all of its flights needs that not"


def test_one_file(world):
    """A month in one file is read as before"""
    stored = [path.read_bytes() for path in (world.data / "raw" / "flights" / "2013-10").glob("*.csv")]
    expected = world.raw("flights", "2013-10").read_bytes()
    assert stored == [expected], "the raw file of October differs from the publisher's"
