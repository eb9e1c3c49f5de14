"""The numbers of each figure, computed from single flights by other SQL than the figure's own.

A figure reads aggregates or monitoring tables; the SQL here reads ``marts.fct_flights`` alone, or ``scored``: the
flights with a prediction that have arrived, with their probability and their part of the champion's split.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import duckdb

from insight.figure import QUERIES_DIR

#: Each figure without numbers that can be counted from flights, with the reason.
NOT_OF_FLIGHTS = {"model_drift": "ratios of a feature's PSI to its limit: tests/ml/test_monitoring.py has them by hand"}

MONTHS = {"first_month": ["2013-02-01"], "last_month": ["2013-02-01", "2013-12-01"]}
DAYS = {"day": ["2013-02-03", "2013-12-24"]}
AIRPORTS = ["EWR", "LGA"]
PARTS = {"part": ["test", "new"]}

MONTH = "make_date(year(flight_date), month(flight_date), 1)"
IN_MONTHS = "strftime(flight_date, '%Y-%m') BETWEEN left($first_month, 7) AND left($last_month, 7)"
HOUR = "extract(hour FROM scheduled_departure_local_at)"
LATE, ARRIVED, CANCELLED = (
    f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)::bigint"
    for condition in ("arrival_delay_minutes >= 15", "arrival_delay_minutes IS NOT NULL", "is_cancelled")
)
LATE_SHARE = f"{LATE} / nullif({ARRIVED}, 0) AS late_share"
COUNTS = f"count(*) AS flight_count, {ARRIVED} AS arrival_count, {LATE} AS arrival_delayed_count"
WITH_CANCELLED = f"{COUNTS}, {CANCELLED} AS cancelled_count"
WITH_DIVERTED = f"{WITH_CANCELLED}, sum(is_diverted::integer)::bigint AS diverted_count"


def _causes(key: str) -> str:
    """Minutes by cause: one branch for each. ``key``: the month or the airline."""
    return " UNION ALL ".join(
        f"SELECT {key}, count(*) AS delayed_count, '{cause}' AS cause, sum({cause}_delay_minutes)::bigint AS minutes "
        f"FROM marts.fct_flights WHERE {IN_MONTHS} AND {cause}_delay_minutes IS NOT NULL GROUP BY 1"
        for cause in ("carrier", "late_aircraft", "nas", "weather", "security")
    )


@dataclass(frozen=True)
class Case:
    """``flights``: SQL over single flights with the parameters of the figure's query.

    ``choices``: values of each parameter; all combinations are compared. ``figure``: how the same columns are read from
    the rows of the figure, where names differ. ``most_rows``: the figure has only the first rows of a list.
    """

    flights: str
    choices: dict[str, list[Any]] = field(default_factory=dict)
    figure: str = ""
    most_rows: int | None = None


SCORED_SHARES = "(SELECT count(*) FROM scored WHERE part = $part)"
CASES = {
    "airline_delays": Case(
        f"SELECT airline_code, count(*) AS arrival_count FROM marts.fct_flights "
        f"WHERE {IN_MONTHS} AND arrival_delay_minutes IS NOT NULL GROUP BY ALL",
        MONTHS,
    ),
    "airlines": Case(
        f"SELECT airline_code, count(*) AS arrival_count, {LATE} AS arrival_delayed_count, "
        f"count(DISTINCT flight_date) AS day_count, {LATE_SHARE} FROM marts.fct_flights "
        f"WHERE {IN_MONTHS} AND arrival_delay_minutes IS NOT NULL GROUP BY ALL",
        MONTHS,
    ),
    "calendar": Case(
        f"SELECT flight_date, {WITH_DIVERTED}, {LATE_SHARE}, {CANCELLED} / count(*) AS cancelled_share "
        "FROM marts.fct_flights WHERE strftime(flight_date, '%Y') = $year::varchar "
        "AND origin_airport_code = coalesce($airport, origin_airport_code) GROUP BY ALL",
        {"year": [2013], "airport": [None, "LGA"]},
    ),
    "causes": Case(_causes(f"{MONTH} AS month_start_date"), MONTHS),
    "causes_by_airline": Case(_causes("airline_code"), MONTHS),
    "day_outcomes": Case(
        f"SELECT {HOUR} AS scheduled_departure_hour, {WITH_DIVERTED}, "
        "sum((arrival_delay_minutes < 15)::integer)::bigint AS on_time_count "
        "FROM marts.fct_flights WHERE flight_date::varchar = $day GROUP BY ALL",
        DAYS,
        "scheduled_departure_hour, flight_count, on_time_count + arrival_delayed_count AS arrival_count, "
        "arrival_delayed_count, cancelled_count, diverted_count, on_time_count",
    ),
    "day_predictions": Case(
        f"SELECT {HOUR} AS scheduled_departure_hour, count(*) AS arrival_count, {LATE} AS arrival_delayed_count "
        "FROM scored WHERE flight_date::varchar = $day GROUP BY ALL",
        DAYS,
    ),
    "day_strip": Case(
        f"SELECT origin_airport_code AS airport_code, {HOUR} AS scheduled_departure_hour, {WITH_DIVERTED}, "
        f"{LATE_SHARE}, sum(count(*)) OVER (PARTITION BY origin_airport_code)::bigint AS day_flight_count "
        f"FROM marts.fct_flights WHERE flight_date::varchar = $day GROUP BY origin_airport_code, {HOUR}",
        DAYS,
    ),
    "day_weather": Case(
        """
        SELECT airport_code, hour(local_at) AS local_hour, measure, value
        FROM (
            UNPIVOT (
                SELECT airport_code, timezone('America/New_York', observed_at) AS local_at,
                    precipitation_millimeters::double AS rain, temperature_celsius::double AS temperature
                FROM marts.fct_weather_hourly
            ) ON rain, temperature INTO NAME measure VALUE value
        )
        WHERE local_at::date::varchar = $day AND measure = $measure AND airport_code IN (
            SELECT origin_airport_code FROM marts.fct_flights WHERE flight_date::varchar = $day
        )
        """,
        {**DAYS, "measure": ["rain", "temperature"]},
    ),
    "finding_airlines": Case(
        f"SELECT airline_name, {ARRIVED} AS arrival_count, {LATE} AS arrival_delayed_count, {LATE_SHARE} "
        "FROM marts.fct_flights LEFT JOIN marts.dim_airlines USING (airline_code) GROUP BY ALL "
        "HAVING 20 * arrival_count >= (SELECT count(arrival_delay_minutes) FROM marts.fct_flights)"
    ),
    "finding_days": Case(
        f"SELECT flight_date, count(*) AS flight_count, {CANCELLED} AS cancelled_count, "
        f"{LATE} AS arrival_delayed_count "
        "FROM marts.fct_flights GROUP BY flight_date QUALIFY 2 * flight_count >= median(flight_count) OVER () "
        "ORDER BY (cancelled_count + arrival_delayed_count) / flight_count DESC, flight_date LIMIT 1"
    ),
    "finding_hours": Case(
        f"SELECT {HOUR} AS departure_hour, {ARRIVED} AS arrival_count, {LATE} AS arrival_delayed_count, {LATE_SHARE} "
        "FROM marts.fct_flights GROUP BY ALL "
        "HAVING 100 * arrival_count >= (SELECT count(arrival_delay_minutes) FROM marts.fct_flights)"
    ),
    "hours": Case(
        f"SELECT airport, {HOUR} AS scheduled_departure_hour, {COUNTS}, {LATE_SHARE} FROM ("
        "FROM (SELECT *, origin_airport_code AS airport FROM marts.fct_flights WHERE origin_airport_code = $airport) "
        "UNION ALL FROM (SELECT *, 'all airports' FROM marts.fct_flights)) "
        f"WHERE {IN_MONTHS} GROUP BY ALL HAVING arrival_count > 0",
        {"airport": AIRPORTS, **MONTHS},
    ),
    "model_cost": Case(
        "SELECT threshold, count(*) FILTER (WHERE delay_probability >= threshold) AS flagged, "
        "count(*) FILTER (WHERE delay_probability >= threshold AND arrival_delay_minutes >= 15) AS caught "
        "FROM scored CROSS JOIN (SELECT DISTINCT threshold FROM monitoring.ml.model_cost WHERE part = $part) "
        "WHERE part = $part GROUP BY ALL",
        PARTS,
        f"threshold, round(flagged_share * {SCORED_SHARES})::bigint AS flagged, "
        "round(recall * (SELECT count(*) FROM scored WHERE part = $part AND arrival_delay_minutes >= 15))::bigint "
        "AS caught",
    ),
    "model_lift": Case(
        # a twentieth, two twentieths … of the flights, from the highest probability down
        "SELECT step / 20 AS flagged_share, count(*) AS flights, "
        f"{LATE} AS late_flights FROM ("
        "SELECT *, row_number() OVER (ORDER BY delay_probability DESC, flight_date, flight_key) AS place, "
        "count(*) OVER () AS total FROM scored WHERE part = $part"
        ") CROSS JOIN range(1, 21) AS steps (step) WHERE place <= round_even(total * step / 20, 0) GROUP BY ALL",
        PARTS,
    ),
    "model_months": Case(
        f"SELECT strftime(flight_date, '%Y-%m') AS month, arg_max(part, flight_date) AS part, "
        f"count(*) AS arrived_flights, {LATE} AS late_flights FROM scored GROUP BY ALL",
        {"score": ["brier", "pr_auc"]},
        "month, part, arrived_flights, round(late_share_of_arrived * arrived_flights)::bigint AS late_flights",
    ),
    "model_reliability": Case(
        "SELECT least(floor(delay_probability * 10), 9) / 10 AS lowest_probability, count(*) AS flights, "
        f"{LATE} AS late_flights FROM scored WHERE part = $part GROUP BY ALL",
        PARTS,
        "lowest_probability, flights, round(late_share * flights)::bigint AS late_flights",
    ),
    "model_slices": Case(
        "SELECT CASE $dimension WHEN 'airline' THEN airline_code WHEN 'origin' THEN origin_airport_code "
        f"ELSE {HOUR}::varchar END AS value, count(*) AS flights, {LATE} AS late_flights "
        "FROM scored WHERE part = $part GROUP BY ALL HAVING flights >= 100",
        {"dimension": ["airline", "origin", "hour"], **PARTS},
        "value, flights, round(late_share * flights)::bigint AS late_flights",
    ),
    "months": Case(
        f"SELECT {MONTH} AS month_start_date, {WITH_CANCELLED}, {LATE_SHARE} FROM marts.fct_flights GROUP BY ALL"
    ),
    "network_map": Case(
        f"SELECT destination_airport_code AS airport_code, {WITH_CANCELLED}, {LATE_SHARE} FROM marts.fct_flights "
        f"WHERE origin_airport_code = $airport AND {IN_MONTHS} GROUP BY ALL",
        {"airport": AIRPORTS, **MONTHS},
    ),
    "network_routes": Case(
        f"SELECT origin_airport_code, destination_airport_code, {COUNTS}, {LATE_SHARE} FROM marts.fct_flights "
        f"WHERE {IN_MONTHS} GROUP BY ALL HAVING arrival_count > 0",
        MONTHS,
        most_rows=20,
    ),
}


def add_scored(connection: duckdb.DuckDBPyConnection, test_start: str, test_end: str) -> None:
    """Create the view ``scored`` for a champion with this test part."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW scored AS
        SELECT *, CASE
            WHEN flight_date < DATE '{test_start}' THEN 'validation'
            WHEN flight_date <= DATE '{test_end}' THEN 'test'
            ELSE 'new'
        END AS part
        FROM marts.fct_flights INNER JOIN predictions.ml.flight_delay_predictions USING (flight_key)
        WHERE arrival_delay_minutes IS NOT NULL
    """)


def compare(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[int, list[str]]:
    """How many rows of a figure were compared, and a message for each combination of choices that differs.

    ``connection``: the published databases with the view ``scored``.
    """
    case, query, rows, messages = CASES[name], (QUERIES_DIR / f"{name}.sql").read_text("utf-8"), 0, []
    for values in product(*case.choices.values()):
        choices = dict(zip(case.choices, values, strict=True))
        expected = connection.execute(case.flights, _used(case.flights, choices))
        columns = case.figure or ", ".join(column[0] for column in expected.description)
        of_flights = Counter(expected.fetchall())
        shown = f"SELECT {columns} FROM ({query})"
        of_figure = Counter(connection.execute(shown, choices or None).fetchall())
        only_figure, only_flights = of_figure - of_flights, of_flights - of_figure
        if case.most_rows and of_figure.total() == min(case.most_rows, of_flights.total()):
            only_flights.clear()
        if only_figure or only_flights:
            examples = f"figure {list(only_figure)[:3]}, flights {list(only_flights)[:3]}"
            messages.append(f"{name} {choices}: {examples}")
        rows += of_figure.total()
    return rows, messages


def uncovered(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """The whole-number columns of the figure that its case does not compare."""
    case, query = CASES[name], (QUERIES_DIR / f"{name}.sql").read_text("utf-8")
    choices = {parameter: values[0] for parameter, values in case.choices.items()}
    figure = connection.execute(query, choices or None)
    whole = {column for column, kind, *_ in figure.description if str(kind) in ("BIGINT", "INTEGER")}
    compared = connection.execute(case.flights, _used(case.flights, choices)).description
    return whole - {column[0] for column in compared}


def _used(sql: str, choices: dict[str, Any]) -> dict[str, Any] | None:
    """The choices that a query has as parameters: DuckDB refuses others."""
    return {parameter: value for parameter, value in choices.items() if f"${parameter}" in sql} or None
