"""A training uses the longest run of most recent whole months that does not have too many flights."""

from datetime import date

import pandas as pd
import pytest

from ml.features.recent import open_recent_months
from ontime.settings import settings

#: 30 flights in January, 20 in February, 10 in March.
MONTHS = {1: 30, 2: 20, 3: 10}
FLIGHTS = pd.DataFrame(
    {"flight_date": [date(2013, month, 1 + number % 28) for month in MONTHS for number in range(MONTHS[month])]}
)
#: One hour of each day.
WEATHER = pd.DataFrame({"observed_at": pd.date_range("2013-01-01", "2013-03-31", tz="UTC")})


@pytest.mark.parametrize(
    ("at_most", "first_day", "flight_count"),
    [
        pytest.param(1_000, date(2013, 1, 1), 60, id="fewer flights than allowed"),
        pytest.param(60, date(2013, 1, 1), 60, id="exactly as many as allowed"),
        pytest.param(59, date(2013, 2, 1), 30, id="one flight too many drops a whole month"),
        pytest.param(29, date(2013, 3, 1), 10, id="only the last month fits"),
        pytest.param(1, date(2013, 3, 1), 10, id="the last month is always used"),
    ],
)
def test_months_are_dropped_from_the_oldest_on(warehouse_file, monkeypatch, at_most, first_day, flight_count):
    monkeypatch.setattr(settings, "training_flights", at_most)
    with open_recent_months(warehouse_file(FLIGHTS, WEATHER)) as connection:
        flights = connection.execute("SELECT min(flight_date), count(*) FROM marts.fct_flights").fetchall()
        connection.execute("SET TimeZone = 'UTC'")
        weather = connection.execute("SELECT min(observed_at)::date FROM marts.fct_weather_hourly").fetchall()
    assert flights == [(first_day, flight_count)]
    # Weather starts one day earlier, for flights soon after midnight.
    assert weather == [(max(pd.Timestamp(first_day) - pd.Timedelta(days=1), pd.Timestamp(2013, 1, 1)).date(),)]


def test_a_warehouse_without_flights_gives_no_flights(warehouse_file):
    no_flights = FLIGHTS[:0].astype({"flight_date": "datetime64[us]"})
    with open_recent_months(warehouse_file(no_flights, WEATHER[:0])) as connection:
        assert connection.execute("SELECT count(*) FROM marts.fct_flights").fetchall() == [(0,)]
