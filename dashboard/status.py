"""What is published now, for programs: `/status.json` and `/healthz`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from ml.registry import store
from ontime import lake, warehouse
from ontime.settings import settings


@dataclass(frozen=True)
class Status:
    """What is published now.

    ``version`` is None before the first publication. ``marts``: name and number of rows of each. ``months``: flights
    and delays by month. ``rows``: rows by dataset. ``champion``: its model card. ``performance``: the champion's scores
    by month, next to the test scores of its card. ``drift``: features and scores that drifted, by month.
    """

    version: warehouse.Version | None
    marts: list[tuple[str, int]]
    months: list[dict[str, Any]]
    rows: list[lake.RowCounts]
    champion: dict[str, Any] | None
    performance: list[dict[str, Any]]
    drift: list[dict[str, Any]]


class Unreadable(RuntimeError):
    """A published file is damaged or missing; the message says which and what to do, and names no path."""


def status() -> Status:
    """Read everything. Lists are empty, and versions and the champion None, where nothing is published yet.

    Raises :class:`Unreadable`.
    """
    version, monitoring = _current(warehouse.WAREHOUSE), _current(warehouse.MONITORING)
    with readable("warehouse", "ontime warehouse history"):
        marts, months = (_marts(version), _months(version)) if version else ([], [])
    with readable("monitoring", "ontime warehouse history"):
        performance, drift = (_performance(monitoring), _drift(monitoring)) if monitoring else ([], [])
    with readable("lake's manifests", "ontime check"):
        rows = lake.row_counts()
    with readable("champion", "ontime model history"):
        champion = _champion()
    return Status(version, marts, months, rows, champion, performance, drift)


def check() -> None:
    """Raise :class:`Unreadable` if a warehouse is published but cannot be read."""
    version = _current(warehouse.WAREHOUSE)
    if version:
        with readable("warehouse", "ontime warehouse history"), _open(version) as warehouse_file:
            warehouse_file.execute("SELECT 1")


def _current(name: str) -> warehouse.Version | None:
    with readable(f"record of `{name}`", "ontime warehouse history"):
        return warehouse.current(name)


@contextmanager
def readable(what: str, command: str) -> Iterator[None]:
    """Raise :class:`Unreadable` for any error in the block, because damaged files raise errors of many types.

    ``what`` names what the block reads, ``command`` is the command that says what to do.
    """
    try:
        yield
    except Exception as problem:
        logging.getLogger("uvicorn.error").warning("The %s cannot be read: %s", what, problem)
        raise Unreadable(
            f"The {what} cannot be read: a file is damaged or missing (the dashboard's log says which). "
            f"What to do: run `{command}`."
        ) from problem


def _open(version: warehouse.Version) -> duckdb.DuckDBPyConnection:
    # We open this version's own file, because the link may point to a newer one by now.
    return duckdb.connect(str(version.path), read_only=True, config=settings.duckdb_config)


def _marts(version: warehouse.Version) -> list[tuple[str, int]]:
    with _open(version) as warehouse_file:
        names = warehouse_file.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY ALL"
        ).fetchall()
        return [(name, len(warehouse_file.table(f'marts."{name.replace(chr(34), 2 * chr(34))}"'))) for (name,) in names]


def _months(version: warehouse.Version) -> list[dict[str, Any]]:
    """Per local month: flights, cancelled flights, and the share of arrivals 15 minutes late or more."""
    return _rows(
        version,
        """
            SELECT
                strftime(flight_date, '%Y-%m') AS month,
                sum(flight_count)::bigint AS flights,
                sum(cancelled_count)::bigint AS cancelled,
                sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) AS delayed_share
            FROM marts.agg_flights_daily
            GROUP BY month
            ORDER BY month
        """,
    )


def _performance(version: warehouse.Version) -> list[dict[str, Any]]:
    """Per month: flights, arrivals (``labelled``), their late share, and the scores with intervals and test values."""
    scores = _rows(version, "FROM ml.model_performance ORDER BY month, score")
    months: dict[str, dict[str, Any]] = {}
    for row in scores:
        month = {name: row[name] for name in ("month", "part", "flights", "labelled", "base_rate", "model_version")}
        score = {name: row[name] for name in ("value", "value_low", "value_high", "promised", "status")}
        months.setdefault(row["month"], {**month, "scores": {}})["scores"][row["score"]] = score
    return list(months.values())


def _drift(version: warehouse.Version) -> list[dict[str, Any]]:
    """What drifted, by month: the score first, then features from the worst on."""
    return _rows(
        version,
        """
            SELECT month, 'score' AS what, psi, missing_share, unseen_share FROM ml.score_drift
            WHERE status = 'drifted'
            UNION ALL
            SELECT month, feature, psi, missing_share, unseen_share FROM ml.feature_drift WHERE status = 'drifted'
            ORDER BY month, what <> 'score', psi DESC
        """,
    )


def _rows(version: warehouse.Version, query: str) -> list[dict[str, Any]]:
    with _open(version) as published:
        result = published.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _champion() -> dict[str, Any] | None:
    try:
        return store.champion_card()
    except store.NoChampion:
        return None
