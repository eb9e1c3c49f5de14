"""Three features, computed by plain SQL as well: independent code that must agree on every flight, to the last bit."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.features import build
from ontime.settings import settings

#: Instants are whole seconds, so the window of 2:59:59 excludes the instant exactly three hours before the cut.
MEAN_DELAY = """
    with instants as (
        select
            null as flight_key,
            origin_airport_code,
            departed_at as instant,
            least(departure_delay_minutes, 240) as delay
        from marts.fct_flights
        where departed_at is not null
        union all
        select flight_key, origin_airport_code, scheduled_departure_at - interval 2 hours, null
        from marts.fct_flights
    )

    select flight_key, coalesce(sum(delay) over last_hours, 0) / (count(delay) over last_hours + 2) as value
    from instants
    window last_hours as (
        partition by origin_airport_code
        order by instant
        range between interval '2 hours 59 minutes 59 seconds' preceding and current row
    )
    qualify flight_key is not null
"""

#: If an aircraft has two arrivals at one instant, the one that was scheduled later counts.
LAST_ARRIVAL = """
    with arrivals as (
        select
            tail_number,
            arrived_at,
            arg_max(least(arrival_delay_minutes, 240), (scheduled_departure_at, flight_key)) as delay
        from marts.fct_flights
        where arrived_at is not null and tail_number is not null
        group by tail_number, arrived_at
    )

    select flights.flight_key, arrivals.delay as value
    from marts.fct_flights as flights
    asof left join arrivals
        on flights.tail_number = arrivals.tail_number
        and flights.scheduled_departure_at - interval 2 hours >= arrivals.arrived_at
"""

FLIGHTS_WAITING = """
    with flights as (
        select
            flight_key,
            origin_airport_code,
            scheduled_departure_at as due_at,
            scheduled_departure_at - interval 2 hours as cut,
            least(coalesce(departed_at, 'infinity'), scheduled_departure_at + interval 4 hours) as left_at
        from marts.fct_flights
    )

    select flights.flight_key, count(others.flight_key) as value
    from flights
    left join flights as others
        on flights.origin_airport_code = others.origin_airport_code
        and others.due_at <= flights.cut
        and others.left_at > flights.cut
    group by flights.flight_key
"""


@pytest.fixture(scope="module")
def varied_flights(flights) -> pd.DataFrame:
    """The made-up flights of January and February with delays of -20 to 400 minutes, and some without an aircraft."""
    random = np.random.default_rng(11)
    table = flights[flights["flight_date"] < pd.Timestamp("2013-03-01").date()].copy()
    delay = np.round(random.exponential(60, len(table)) - 20).clip(max=400)
    for event, what in (("departed", "departure"), ("arrived", "arrival")):
        happened = table[f"{event}_at"].notna()
        actual = table[f"scheduled_{what}_at"] + pd.to_timedelta(delay, unit="min")
        table[f"{event}_at"] = actual.where(happened)
        table[f"{what}_delay_minutes"] = pd.Series(delay, table.index).where(happened).astype("Int32")
        delay = delay + random.integers(-20, 20, len(table))
    table.loc[random.random(len(table)) < 0.05, "tail_number"] = None
    return table


@pytest.mark.parametrize(
    ("feature", "sql"),
    [
        pytest.param("origin_departure_delay_minutes_last_3h", MEAN_DELAY, id="mean over a time window"),
        pytest.param("aircraft_arrival_delay_minutes", LAST_ARRIVAL, id="last event, by ASOF JOIN"),
        pytest.param("origin_flights_waiting", FLIGHTS_WAITING, id="count, by a join on a range"),
    ],
)
def test_sql_computes_the_same_feature(varied_flights, warehouse_file, feature, sql):
    file = warehouse_file(varied_flights)
    built = build.build(file).set_index("flight_key")[feature]
    with duckdb.connect(str(file), read_only=True, config=settings.duckdb_config) as connection:
        expected = connection.sql(sql).to_arrow_table().to_pandas().set_index("flight_key")["value"]
    assert built.nunique() > 4, "the made-up flights vary too little to test anything"
    pd.testing.assert_series_equal(
        built, expected.astype("float32").loc[built.index], check_exact=True, check_names=False
    )
