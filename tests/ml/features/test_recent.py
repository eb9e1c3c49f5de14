"""A training works on the most recent whole months that together are not too many flights."""

from datetime import date

import pandas as pd
import pytest

from ml.features import recent
from ontime.settings import settings

#: 30 flights in January, 20 in February, 10 in March.
MONTHS = {1: 30, 2: 20, 3: 10}
FLIGHTS = pd.DataFrame(
    {"flight_date": [date(2013, month, 1 + number % 28) for month in MONTHS for number in range(MONTHS[month])]}
)
#: An hour a day.
WEATHER = pd.DataFrame({"observed_at": pd.date_range("2013-01-01", "2013-03-31", tz="UTC")})


@pytest.mark.parametrize(
    ("at_most", "first_day", "flight_count"),
    [
        pytest.param(1_000, date(2013, 1, 1), 60, id="all of them"),
        pytest.param(60, date(2013, 1, 1), 60, id="as many as are allowed"),
        pytest.param(59, date(2013, 2, 1), 30, id="one too many: a whole month less"),
        pytest.param(29, date(2013, 3, 1), 10, id="the last month"),
        pytest.param(1, date(2013, 3, 1), 10, id="the last month, whatever it has"),
    ],
)
def test_the_most_recent_whole_months(warehouse_file, monkeypatch, at_most, first_day, flight_count):
    monkeypatch.setattr(settings, "training_flights", at_most)
    with recent.opened(warehouse_file(FLIGHTS, WEATHER)) as connection:
        found = connection.execute("SELECT min(flight_date), count(*) FROM marts.fct_flights").fetchall()
        connection.execute("SET TimeZone = 'UTC'")
        weather = connection.execute("SELECT min(observed_at)::date FROM marts.fct_weather_hourly").fetchall()
    assert found == [(first_day, flight_count)]
    # and the day before, for the flights soon after midnight
    assert weather == [(max(pd.Timestamp(first_day) - pd.Timedelta(days=1), pd.Timestamp(2013, 1, 1)).date(),)]


def test_a_warehouse_without_flights_has_none(warehouse_file):
    with recent.opened(
        warehouse_file(FLIGHTS[:0].astype({"flight_date": "datetime64[us]"}), WEATHER[:0])
    ) as connection:
        assert connection.execute("SELECT count(*) FROM marts.fct_flights").fetchall() == [(0,)]
