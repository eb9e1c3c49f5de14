"""Everything the dashboard reads, from the published files alone."""

from dataclasses import dataclass
from typing import Any

import duckdb

from ontime import lake, warehouse
from ontime.model import registry


@dataclass(frozen=True)
class Status:
    """What is published now; ``version`` is None before the first publication."""

    version: warehouse.Version | None
    marts: list[tuple[str, int]]
    months: list[dict[str, Any]]
    rows: list[tuple[str, int, int, int]]
    champion: dict[str, Any] | None


def status() -> Status:
    """Versions, rows by mart, delays by month, rows by dataset, and the champion's card."""
    version = warehouse.current()
    marts, months = (_marts(version), _months(version)) if version else ([], [])
    return Status(version, marts, months, _rows(), _champion())


def check() -> None:
    """Raise if there is a published file that cannot be read."""
    version = warehouse.current()
    if version:
        with _open(version) as warehouse_file:
            warehouse_file.execute("SELECT 1")


def _open(version: warehouse.Version) -> duckdb.DuckDBPyConnection:
    # This version's own file: the link may move to another meanwhile.
    return duckdb.connect(str(version.path), read_only=True)


def _marts(version: warehouse.Version) -> list[tuple[str, int]]:
    with _open(version) as warehouse_file:
        names = warehouse_file.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY ALL"
        ).fetchall()
        return [(name, len(warehouse_file.table(f"marts.{name}"))) for (name,) in names]


def _months(version: warehouse.Version) -> list[dict[str, Any]]:
    """By local month: flights, cancelled, share of arrivals 15 minutes late or more."""
    with _open(version) as warehouse_file:
        found = warehouse_file.execute("""
            SELECT
                strftime(flight_date, '%Y-%m') AS month,
                count(*) AS flights,
                count_if(is_cancelled) AS cancelled,
                avg(is_arrival_delayed::integer) AS delayed_share
            FROM marts.fct_flights
            GROUP BY month
            ORDER BY month
        """)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _rows() -> list[tuple[str, int, int, int]]:
    """By dataset: raw, clean and quarantined rows."""
    counted = []
    for dataset in lake.DATASETS:
        partitions = lake.clean_partitions(dataset)
        counts = [sum(getattr(p, name) for p in partitions) for name in ("rows_raw", "rows_clean", "rows_quarantined")]
        counted.append((dataset, *counts))
    return counted


def _champion() -> dict[str, Any] | None:
    try:
        return registry.champion_card()
    except registry.NoChampion:
        return None
