"""Figures that a warehouse must show, computed from the raw files without any of our code."""

from pathlib import Path

import duckdb
import pandas as pd


def one_row(path: Path, query: str) -> tuple:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchone()


def figures_of_the_warehouse(path: Path) -> dict[str, int]:
    """Counts and sums of `marts.fct_flights` in a published file."""
    names = ["flights", "cancelled", "with_arrival_delay", "delayed", "departure_delay", "arrival_delay", "distance"]
    values = one_row(
        path,
        """
        SELECT
            count(*), count_if(is_cancelled), count(arrival_delay_minutes), count_if(is_arrival_delayed),
            sum(departure_delay_minutes), sum(arrival_delay_minutes), sum(distance_miles)
        FROM marts.fct_flights
        """,
    )
    return dict(zip(names, values, strict=True))


def figures_of(raw: pd.DataFrame) -> dict[str, int]:
    """The same figures, computed by pandas from the publisher's own columns."""
    return {
        "flights": len(raw),
        "cancelled": int(raw.dep_time.isna().sum()),
        "with_arrival_delay": int(raw.arr_delay.notna().sum()),
        "delayed": int((raw.arr_delay >= 15).sum()),
        "departure_delay": int(raw.dep_delay.sum()),
        "arrival_delay": int(raw.arr_delay.sum()),
        "distance": int(raw.distance.sum()),
    }


def departure_seconds_of_the_warehouse(path: Path) -> int:
    """The sum of all scheduled departures, in epoch seconds."""
    return one_row(path, "SELECT sum(epoch(scheduled_departure_at))::hugeint FROM marts.fct_flights")[0]


def departure_seconds_of(raw: pd.DataFrame) -> int:
    """The same sum from time_hour, the publisher's UTC hour of the departure, which the pipeline does not use."""
    hours = (pd.to_datetime(raw.time_hour) - pd.Timestamp(0, tz="UTC")).dt.total_seconds().sum()
    return int(hours + 60 * raw.minute.sum())
