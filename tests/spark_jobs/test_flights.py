"""Flights: every case is one published row; the expected values were worked out by hand."""

from datetime import datetime

import pytest

from spark_jobs import flights
from tests.spark_jobs.raw_rows import flight

ZONES = {
    "JFK": "America/New_York",
    "LGA": "America/New_York",
    "EWR": "America/New_York",
    "BOS": "America/New_York",
    "ORD": "America/Chicago",
    "DEN": "America/Denver",
    "PHX": "America/Phoenix",
    "LAX": "America/Los_Angeles",
    "HNL": "Pacific/Honolulu",
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}
LOOKUPS = {"time_zones": ZONES, "airline_codes": ["AA", "B6", "HA", "UA"]}


def times(date, origin, dest, departure, arrival, departure_delay="0", arrival_delay="0", reported=(None, None)):
    """A published row of a flight with these times; a time that is not in ``reported`` is the scheduled one."""
    return flight(
        date, origin=origin, dest=dest, sched_dep_time=departure, sched_arr_time=arrival, dep_delay=departure_delay,
        arr_delay=arrival_delay, dep_time=reported[0] or departure, arr_time=reported[1] or arrival,
    )  # fmt: skip


TIMES = {
    # why: (row, scheduled departure, departed, scheduled arrival, arrived; all UTC)
    "summer, one zone": (
        times("2013-06-10", "JFK", "BOS", "1000", "1110"),
        ("2013-06-10 14:00", "2013-06-10 14:00", "2013-06-10 15:10", "2013-06-10 15:10"),
    ),
    "winter, one zone": (
        times("2013-01-10", "JFK", "BOS", "1000", "1110"),
        ("2013-01-10 15:00", "2013-01-10 15:00", "2013-01-10 16:10", "2013-01-10 16:10"),
    ),
    "arrives on the next day": (
        times("2013-06-10", "JFK", "BOS", "2330", "0040"),
        ("2013-06-11 03:30", "2013-06-11 03:30", "2013-06-11 04:40", "2013-06-11 04:40"),
    ),
    "2400 is midnight at the end of the day, as departure": (
        times("2013-06-10", "JFK", "BOS", "2400", "110"),
        ("2013-06-11 04:00", "2013-06-11 04:00", "2013-06-11 05:10", "2013-06-11 05:10"),
    ),
    "2400 is midnight at the end of the day, as arrival": (
        times("2013-06-10", "JFK", "BOS", "2250", "2400"),
        ("2013-06-11 02:50", "2013-06-11 02:50", "2013-06-11 04:00", "2013-06-11 04:00"),
    ),
    "a reported 2400 means 0000": (
        times("2013-06-10", "JFK", "BOS", "2350", "100", "10", "0", reported=("2400", "0100")),
        ("2013-06-11 03:50", "2013-06-11 04:00", "2013-06-11 05:00", "2013-06-11 05:00"),
    ),
    "westbound over three zones": (
        times("2013-06-10", "JFK", "LAX", "2100", "2359"),
        ("2013-06-11 01:00", "2013-06-11 01:00", "2013-06-11 06:59", "2013-06-11 06:59"),
    ),
    "westbound, and the local time of arrival is before that of departure": (
        times("2013-06-10", "JFK", "ORD", "1000", "955"),
        ("2013-06-10 14:00", "2013-06-10 14:00", "2013-06-10 14:55", "2013-06-10 14:55"),
    ),
    "departs after midnight, while the destination still has the day before": (
        times("2013-06-10", "JFK", "LAX", "2400", "300"),
        ("2013-06-11 04:00", "2013-06-11 04:00", "2013-06-11 10:00", "2013-06-11 10:00"),
    ),
    "Honolulu, ten hours, has no daylight saving time": (
        times("2013-07-01", "JFK", "HNL", "1000", "1440"),
        ("2013-07-01 14:00", "2013-07-01 14:00", "2013-07-02 00:40", "2013-07-02 00:40"),
    ),
    "Phoenix has no daylight saving time": (
        times("2013-07-01", "JFK", "PHX", "1000", "1230"),
        ("2013-07-01 14:00", "2013-07-01 14:00", "2013-07-01 19:30", "2013-07-01 19:30"),
    ),
    "Denver has daylight saving time": (
        times("2013-07-01", "JFK", "DEN", "1000", "1230"),
        ("2013-07-01 14:00", "2013-07-01 14:00", "2013-07-01 18:30", "2013-07-01 18:30"),
    ),
    "an arrival at a skipped time uses the offset from before the gap": (
        times("2013-03-10", "JFK", "BOS", "130", "230", reported=("0130", "0330")),
        ("2013-03-10 06:30", "2013-03-10 06:30", "2013-03-10 07:30", "2013-03-10 07:30"),
    ),
    "a departure at a skipped time uses the offset from before the gap": (
        times("2013-03-10", "JFK", "BOS", "230", "440", reported=("0330", "0440")),
        ("2013-03-10 07:30", "2013-03-10 07:30", "2013-03-10 08:40", "2013-03-10 08:40"),
    ),
    "delayed past the start of daylight saving time": (
        times("2013-03-10", "JFK", "BOS", "130", "355", "60", "60", reported=("0330", "0455")),
        ("2013-03-10 06:30", "2013-03-10 07:30", "2013-03-10 07:55", "2013-03-10 08:55"),
    ),
    "an arrival at a repeated time is the first occurrence": (
        times("2013-11-03", "JFK", "BOS", "30", "130"),
        ("2013-11-03 04:30", "2013-11-03 04:30", "2013-11-03 05:30", "2013-11-03 05:30"),
    ),
    "an arrival at a repeated time is the second occurrence if the first is before departure": (
        times("2013-11-03", "JFK", "BOS", "140", "130"),
        ("2013-11-03 05:40", "2013-11-03 05:40", "2013-11-03 06:30", "2013-11-03 06:30"),
    ),
    "an arrival at the departure's local time is one day later": (
        times("2013-06-10", "JFK", "BOS", "1000", "1000"),
        ("2013-06-10 14:00", "2013-06-10 14:00", "2013-06-11 14:00", "2013-06-11 14:00"),
    ),
    "departs before schedule, on the day before": (
        times("2013-06-10", "JFK", "BOS", "5", "115", "-10", "-5", reported=("2355", "110")),
        ("2013-06-10 04:05", "2013-06-10 03:55", "2013-06-10 05:15", "2013-06-10 05:10"),
    ),
    "delayed into the next day": (
        times("2013-06-10", "JFK", "BOS", "2300", "2359", "120", "120", reported=("100", "159")),
        ("2013-06-11 03:00", "2013-06-11 05:00", "2013-06-11 03:59", "2013-06-11 05:59"),
    ),
    "the UTC date and year differ from the local ones": (
        times("2013-12-31", "JFK", "BOS", "2000", "2110"),
        ("2014-01-01 01:00", "2014-01-01 01:00", "2014-01-01 02:10", "2014-01-01 02:10"),
    ),
    "Aguadilla is an hour ahead in winter": (
        times("2013-01-10", "JFK", "BQN", "2359", "0445"),
        ("2013-01-11 04:59", "2013-01-11 04:59", "2013-01-11 08:45", "2013-01-11 08:45"),
    ),
    "Ponce has New York's time in summer": (
        times("2013-06-10", "JFK", "PSE", "2359", "0350"),
        ("2013-06-11 03:59", "2013-06-11 03:59", "2013-06-11 07:50", "2013-06-11 07:50"),
    ),
    "San Juan": (
        times("2013-06-10", "JFK", "SJU", "1000", "1350"),
        ("2013-06-10 14:00", "2013-06-10 14:00", "2013-06-10 17:50", "2013-06-10 17:50"),
    ),
    "Saint Thomas": (
        times("2013-01-10", "JFK", "STT", "1000", "1500"),
        ("2013-01-10 15:00", "2013-01-10 15:00", "2013-01-10 19:00", "2013-01-10 19:00"),
    ),
}
INSTANTS = ("scheduled_departure_at", "departed_at", "scheduled_arrival_at", "arrived_at")


OUTCOMES = {
    # why: (changes of the raw row; is_cancelled, is_diverted, has departed_at, has arrived_at, reported_times_agree)
    "flown": ({}, (False, False, True, True, True)),
    "cancelled": (
        {"dep_time": None, "dep_delay": None, "arr_time": None, "arr_delay": None, "air_time": None},
        (True, False, False, False, None),
    ),
    "diverted, without an arrival": ({"arr_time": None, "arr_delay": None}, (False, True, True, False, True)),
    "diverted, with an arrival somewhere": ({"arr_time": "1500", "arr_delay": None}, (False, True, True, False, True)),
    "reported departure is wrong": ({"dep_time": "1001"}, (False, False, True, True, False)),
    "reported arrival is wrong": ({"arr_time": "1109"}, (False, False, True, True, False)),
    "the arrival has a delay, but no reported time": ({"arr_time": None}, (False, False, True, True, True)),
}


REJECTED = [
    # reason, why, changes of the raw row
    ("malformed_line", "the parser could not split the line", {"malformed_line": "2013,6", "month": "7"}),
    ("wrong_month", "another month", {"month": "7"}),
    ("wrong_month", "another year", {"year": "2012"}),
    ("wrong_month", "comes before a missing value", {"month": "7", "dest": None}),
    ("missing_value", "no day", {"day": None}),
    ("missing_value", "no scheduled departure", {"sched_dep_time": None}),
    ("missing_value", "no scheduled arrival", {"sched_arr_time": None}),
    ("missing_value", "no airline", {"carrier": None}),
    ("missing_value", "no flight number", {"flight": None}),
    ("missing_value", "no destination", {"dest": None}),
    ("missing_value", "no distance", {"distance": None}),
    ("missing_value", "departed, but the delay is missing", {"dep_delay": None}),
    ("missing_value", "a departure delay without a departure", {"dep_time": None}),
    ("missing_value", "comes before an invalid number", {"dest": None, "arr_delay": "x"}),
    ("invalid_number", "a delay in words", {"arr_delay": "late"}),
    ("invalid_number", "half a mile", {"distance": "187.5"}),
    ("invalid_number", "more than 32 bits", {"flight": "3000000000"}),
    ("invalid_number", "a letter in the year", {"year": "20I3"}),
    ("invalid_number", "comes before an invalid time", {"air_time": "?", "dep_time": "1275"}),
    ("invalid_time", "75 minutes", {"sched_dep_time": "1275"}),
    ("invalid_time", "after 2400", {"sched_arr_time": "2401"}),
    ("invalid_time", "negative", {"dep_time": "-5"}),
    ("invalid_time", "no number", {"arr_time": "noon"}),
    ("invalid_time", "June has 30 days", {"day": "31"}),
    ("invalid_time", "day 0", {"day": "0"}),
    ("invalid_time", "comes before an unknown airport", {"day": "32", "dest": "XXX"}),
    ("unknown_airport", "destination", {"dest": "XXX"}),
    ("unknown_airport", "origin", {"origin": "jfk"}),
    ("unknown_airport", "comes before an unknown airline", {"dest": "XXX", "carrier": "??"}),
    ("unknown_airline", "carrier", {"carrier": "??"}),
    ("implausible_value", "arrives before it departs", {"dep_delay": "120"}),
    ("implausible_value", "cancelled, but in the air", {"dep_time": None, "dep_delay": None, "arr_delay": None}),
]
REJECTED_ROWS = [flight(tailnum=f"N{number}", **changed) for number, (_, _, changed) in enumerate(REJECTED)]


COPIES = {
    # which row is kept: (changes of the rows, tail number of the row that is kept)
    "the one with the fewest missing values": ([{"tailnum": None}, {"tailnum": "N9"}], "N9"),
    "otherwise the smallest": ([{"tailnum": "N9"}, {"tailnum": "N8"}], "N8"),
    "one of two equal rows": ([{"tailnum": "N9"}, {"tailnum": "N9"}], "N9"),
    "the good row, although the bad one has more values": ([{"tailnum": None}, {"air_time": "x"}], None),
    "columns are compared in their order": (
        [{"tailnum": "N8", "air_time": "41"}, {"tailnum": "N7", "air_time": "99"}, {"tailnum": "N9", "air_time": "10"}],
        "N7",
    ),
}


#: Flight numbers of the first case of each table: every case of the batch has a number of its own.
OUTCOME, IN_ORDER, REVERSED = 1000, 2000, 3000
ZERO_DECIMALS, TWICE = 700, 4000


@pytest.fixture(scope="module")
def batch(cleaned):
    """The clean and the rejected rows of all cases: one Spark job."""
    timed = [
        row | {"flight": str(number), "partition": f"{row['year']}-{int(row['month']):02d}"}
        for number, (row, _) in enumerate(TIMES.values())
    ]
    outcomes = [flight(flight=str(number), **changed) for number, (changed, _) in enumerate(OUTCOMES.values(), OUTCOME)]
    decimals = flight(
        dep_delay="11.0", dep_time="1011", arr_delay="-3.00", arr_time="1107", distance="187.0", flight="0700"
    )
    copies = [
        flight(flight=str(number), **changed)
        for first, step in ((IN_ORDER, 1), (REVERSED, -1))
        for number, (changes, _) in enumerate(COPIES.values(), first)
        for changed in changes[::step]
    ]
    morning = flight(flight=str(TWICE))
    evening = morning | {"sched_dep_time": "1500", "dep_time": "1500", "sched_arr_time": "1610", "arr_time": "1610"}
    rows = [*timed, *outcomes, decimals, *copies, morning, evening, *REJECTED_ROWS]
    good, bad = cleaned(flights, rows, "2013-06", **LOOKUPS)
    assert len(good) + len(bad) == len(rows)
    return good, bad


@pytest.fixture(scope="module")
def good(batch):
    """The clean rows by flight number; the number that is used twice is left out."""
    return {row.flight_number: row for row in batch[0] if row.flight_number != TWICE}


@pytest.fixture(scope="module")
def timed(good):
    return {why: good[number] for number, why in enumerate(TIMES)}


@pytest.fixture(scope="module")
def rejections(batch):
    """The rejected rows of REJECTED by the case's number."""
    numbers = {row["flight"] for row in REJECTED_ROWS}
    return {int(row.tailnum[1:]): row for row in batch[1] if row.flight in numbers}


@pytest.mark.parametrize("why", TIMES)
def test_local_times_become_instants(timed, why):
    assert tuple(timed[why][name] for name in INSTANTS) == TIMES[why][1]


@pytest.mark.parametrize("why", TIMES)
def test_reported_times_agree_with_schedule_plus_delay(timed, why):
    assert timed[why].reported_times_agree is True


@pytest.mark.parametrize(
    ("why", "departure", "arrival"),
    [
        ("arrives on the next day", datetime(2013, 6, 10, 23, 30), datetime(2013, 6, 11, 0, 40)),
        ("2400 is midnight at the end of the day, as departure", datetime(2013, 6, 11), datetime(2013, 6, 11, 1, 10)),
        (
            "departs after midnight, while the destination still has the day before",
            datetime(2013, 6, 11),
            datetime(2013, 6, 11, 3, 0),
        ),
        # Clocks at the destination never showed this time, but it is the published one.
        (
            "an arrival at a skipped time uses the offset from before the gap",
            datetime(2013, 3, 10, 1, 30),
            datetime(2013, 3, 10, 2, 30),
        ),
    ],
)
def test_local_times_are_the_published_ones(timed, why, departure, arrival):
    row = timed[why]
    assert (row.scheduled_departure_local_at, row.scheduled_arrival_local_at) == (departure, arrival)


@pytest.mark.parametrize("why", OUTCOMES)
def test_cancelled_diverted_and_agreement(good, why):
    row = good[OUTCOME + list(OUTCOMES).index(why)]
    has_instants = (row.departed_at is not None, row.arrived_at is not None)
    assert (row.is_cancelled, row.is_diverted, *has_instants, row.reported_times_agree) == OUTCOMES[why][1]


@pytest.mark.parametrize("number", range(len(REJECTED)), ids=lambda number: " - ".join(REJECTED[number][:2]))
def test_a_bad_row_is_quarantined_whole_with_its_first_reason(rejections, number):
    expected = (
        {"malformed_line": None} | REJECTED_ROWS[number] | {"reason": REJECTED[number][0], "partition": "2013-06"}
    )
    assert rejections[number].asDict() == expected


@pytest.mark.parametrize("first", [IN_ORDER, REVERSED], ids=["in order", "reversed"])
def test_one_of_several_rows_with_the_same_key_is_kept(batch, good, first):
    numbers = range(first, first + len(COPIES))
    kept = {why: good[number].tail_number for number, why in zip(numbers, COPIES, strict=True)}
    assert kept == {why: tail_number for why, (_, tail_number) in COPIES.items()}
    reasons = [row.reason for row in batch[1] if row.flight in map(str, numbers)]
    assert sorted(reasons) == ["duplicate"] * 5 + ["invalid_number"]


def test_a_flight_number_used_twice_a_day_is_no_duplicate(batch):
    assert [row.flight_number for row in batch[0]].count(TWICE) == 2


def test_numbers_with_zero_decimals_are_whole_numbers(good):
    row = good[ZERO_DECIMALS]
    values = (row.departure_delay_minutes, row.arrival_delay_minutes, row.distance_miles, row.flight_number)
    assert (values, row.reported_times_agree) == ((11, -3, 187, 700), True)


def test_no_other_row_is_rejected(batch, rejections):
    assert len(rejections) == len(REJECTED)
    assert len(batch[1]) == len(REJECTED) + 2 * 6
