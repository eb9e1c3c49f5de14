from datetime import date

import pandas as pd
import pytest

from ml.evaluation.split import PARTS, Split, TooFewFlights, is_delayed, split_in_time


def days(first: str, last: str) -> pd.DataFrame:
    """Two flights on each day."""
    return pd.DataFrame({"flight_date": pd.date_range(first, last).repeat(2)})


FOUR_MONTHS_WITH_GAPS = pd.concat(
    [days("2013-11-01", "2013-11-30"), *(days(f"2013-0{month}-01", f"2013-0{month}-28") for month in (1, 3, 6))]
)


@pytest.mark.parametrize(
    ("flights", "rule", "train_start", "validation_start", "test_start", "test_end"),
    [
        pytest.param(days("2013-01-01", "2013-12-31"), "months", (1, 1), (10, 1), (11, 1), (12, 31), id="a full year"),
        pytest.param(
            days("2013-01-01", "2013-04-30"), "months", (1, 1), (2, 1), (3, 1), (4, 30), id="the fewest whole months"
        ),
        pytest.param(
            FOUR_MONTHS_WITH_GAPS, "months", (1, 1), (3, 1), (6, 1), (11, 30), id="months with gaps, not in order"
        ),
        pytest.param(days("2013-01-01", "2013-02-28"), "days", (1, 1), (2, 14), (2, 20), (2, 28), id="two months"),
        pytest.param(days("2013-01-01", "2013-01-31"), "days", (1, 1), (1, 23), (1, 27), (1, 31), id="one month"),
        pytest.param(days("2013-01-01", "2013-01-05"), "days", (1, 1), (1, 4), (1, 5), (1, 5), id="the fewest days"),
    ],
)
def test_split_boundaries(flights, rule, train_start, validation_start, test_start, test_end):
    bounds = (date(2013, *day) for day in (train_start, validation_start, test_start, test_end))
    assert split_in_time(flights) == Split(rule, *bounds)


def test_every_flight_is_in_exactly_one_part_and_the_parts_are_in_order_of_time():
    flights = days("2013-01-01", "2013-12-31")
    split = split_in_time(flights)
    parts = [split.part(name, flights)["flight_date"] for name in PARTS]
    assert sum(len(part) for part in parts) == len(flights)
    assert parts[0].max() < parts[1].min() <= parts[1].max() < parts[2].min()


def test_four_days_are_too_few():
    with pytest.raises(TooFewFlights, match="at least 5 days; the warehouse has 4"):
        split_in_time(days("2013-01-01", "2013-01-04"))


def test_flights_that_are_all_punctual_cannot_be_scored():
    with pytest.raises(TooFewFlights, match="2 flights, and all or none of them are delayed"):
        is_delayed(pd.DataFrame({"is_arrival_delayed": [False, False]}))
