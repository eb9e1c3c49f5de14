"""The year that nobody has seen looks like a year, and differs from 2013."""

import duckdb
import pandas as pd
import pytest

from labs.engine import years


@pytest.fixture(scope="module")
def unseen():
    return years.unseen_year(7)


def test_the_real_year_has_the_rows_of_the_package():
    year = years.real_year()
    assert {name: len(table) for name, table in year.tables.items()} == {
        "flights": 336_776,
        "weather": 26_115,
        "planes": 3_322,
        "airports": 1_458,
        "airlines": 16,
    }


def test_the_same_seed_gives_the_same_year(unseen):
    again = years.unseen_year.__wrapped__(7)
    pd.testing.assert_frame_equal(again.flights, unseen.flights)
    pd.testing.assert_frame_equal(again.weather, unseen.weather)
    assert not years.unseen_year(8).flights.equals(unseen.flights)


def test_it_is_another_year_with_the_same_weekdays(unseen):
    flights = unseen.flights
    [year] = flights["year"].unique()
    assert year in (2012, 2014)
    saturday = pd.to_datetime(flights[["year", "month", "day"]]).dt.dayofweek == 5
    assert saturday.mean() == pytest.approx(38_720 / 336_776, abs=0.005)


def test_a_flight_keeps_its_local_hour(unseen):
    """``time_hour`` is the instant of the scheduled hour, in winter and in summer."""
    flights = unseen.flights
    local = pd.to_datetime(flights["time_hour"]).dt.tz_convert("America/New_York")
    assert (local.dt.hour == flights["hour"]).all()
    assert (local.dt.day == flights["day"]).all()


def test_delays_and_clock_times_stay_in_step(unseen):
    """Computed by DuckDB: minutes from the scheduled to the actual time are the delay, up to whole days."""
    flights = unseen.flights  # noqa: F841 - DuckDB reads it by its name
    duckdb.sql("create or replace temp macro minutes(clock) as clock::int // 100 * 60 + clock::int % 100")
    wrong = duckdb.sql("""
        select count(*)
        from flights
        where dep_time is not null
            and (
                dep_time < 1 or dep_time > 2400 or dep_time % 100 > 59
                or (minutes(dep_time) - minutes(sched_dep_time) - dep_delay) % 1440 <> 0
            )
    """).fetchall()
    assert wrong == [(0,)]


def test_rows_are_missing_but_none_is_new(unseen):
    real = years.real_year()
    assert 0.75 < len(unseen.flights) / len(real.flights) < 0.98
    assert set(unseen.planes["tailnum"]) < set(real.planes["tailnum"])
    assert set(unseen.flights["carrier"]) == set(real.flights["carrier"])


def test_what_an_answer_does_to_a_table_stays_with_it(unseen):
    unseen.flights["dep_delay"] = 0
    assert unseen.flights["dep_delay"].nunique() > 100


def test_the_database_has_the_tables_and_no_files(unseen, tmp_path):
    with unseen.database() as connection:
        assert connection.sql("select count(*) from flights").fetchall() == [(unseen.flight_count,)]
        with pytest.raises(duckdb.PermissionException):
            connection.sql(f"copy airlines to '{tmp_path / 'x.csv'}'")
