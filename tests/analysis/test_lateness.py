"""How late is late: counts and shares by hand."""

import pytest

from analysis.flights import NotEnoughData
from analysis.lateness import WEEKDAYS, Level, Slot, lateness

#: Arrival delay and flights on each of ten days: 100 of UA at 9, 10 of B6 at 17; two that never arrived.
MINUTES = ((-10, 40), (0, 20), (14, 15), (15, 10), (60, 10), (200, 5))


@pytest.fixture(scope="module")
def flights(made, days):
    united = [
        (count, {"flight_date": day, "arrival_delay_minutes": float(minutes)})
        for day in days(10)
        for minutes, count in MINUTES
    ]
    evening = {"airline_code": "B6", "airline_name": None, "scheduled_departure_hour": 17}
    jetblue = [(10, {"flight_date": day, "arrival_delay_minutes": 30.0, **evening}) for day in days(10)]
    cancelled = (3, {"arrival_delay_minutes": None, "is_cancelled": True})
    diverted = (2, {"arrival_delay_minutes": None})
    return made(*united, *jetblue, cancelled, diverted)


def test_every_flight_is_counted_once(flights):
    result = lateness(flights)
    assert (result.scheduled, result.arrived, result.cancelled, result.diverted) == (1_105, 1_100, 3, 2)
    assert (result.early_share, result.median, result.late_median) == (400 / 1_100, 0, 30)
    assert result.delays.to_dict() == {-10: 400, 0: 200, 14: 150, 15: 100, 30: 100, 60: 100, 200: 50}


def test_levels_count_flights_from_a_delay_on_and_their_share_of_all_minutes(flights):
    # Minutes after the schedule: 14 × 150 + 15 × 100 + 30 × 100 + 60 × 100 + 200 × 50.
    minutes = 2_100 + 1_500 + 3_000 + 6_000 + 10_000
    assert lateness(flights).levels == (
        Level(15, 350, 350 / 1_100, 20_500 / minutes),
        Level(30, 250, 250 / 1_100, 19_000 / minutes),
        Level(60, 150, 150 / 1_100, 16_000 / minutes),
        Level(120, 50, 50 / 1_100, 10_000 / minutes),
        Level(180, 50, 50 / 1_100, 10_000 / minutes),
    )


def test_airlines_and_slots_are_ordered_and_named(flights):
    result = lateness(flights)
    assert [(row.name, row.flights, row.late_share, row.median, row.ninth_decile) for row in result.airlines] == [
        ("United", 1_000, 0.25, 0, 60),
        ("B6", 100, 1, 30, 30),
    ]
    # The ten days begin on Friday, 1 March 2013, so three weekdays occur twice. At 17 none has 100 flights.
    twice = ("Friday", "Saturday", "Sunday")
    assert result.slots == tuple(Slot(day, 9, 200 if day in twice else 100, 0.25) for day in WEEKDAYS)


def test_few_flights_have_no_distribution_by_airline_and_hour(flights):
    with pytest.raises(NotEnoughData, match="has 100 flights"):
        lateness(flights.iloc[::12])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"arrival_delay_minutes": 14.0, "is_arrival_delayed": 0.0}, "No flight was late", id="none late"),
        pytest.param({"is_arrival_delayed": None}, "cover 0 days", id="none arrived"),
    ],
)
def test_without_late_flights_there_is_no_distribution(flights, change, reason):
    with pytest.raises(NotEnoughData, match=reason):
        lateness(flights.assign(**change))
