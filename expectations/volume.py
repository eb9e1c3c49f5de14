"""Volume and distribution of a clean month: what is counted, what it is compared with, and the suite of its findings.

This module counts with DuckDB; :mod:`expectations.bands` compares the counts. Rules that need no other month are here
too: every day has flights until its evening, most flights do not have the same delay, and distances agree with the
positions of the airports.
"""

import json
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
from great_expectations import ExpectationSuite
from great_expectations.expectations import ExpectColumnValuesToBeNull

from expectations import bands
from expectations.bands import Counts, Finding
from ontime import files, lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.distance import great_circle_miles
from ontime.months import month_after, month_before
from ontime.settings import settings

#: A month is compared with this many months before and after it. Months further away are in another season.
MONTHS_NEARBY = 3
#: By dataset and measure, the column whose values are counted. For any other dataset, the text columns of its key are
#: counted, as the measure ``part``.
NAMES = {
    "flights": {
        "airline": "airline_code",
        "origin": "origin_airport_code",
        "destination": "destination_airport_code",
    },
    "weather": {"station": "airport_code"},
}
#: The published table with the rows of a dataset, and its column that tells their month.
PUBLISHED = {
    "flights": ("marts.fct_flights", "flight_date"),
    "weather": ("marts.fct_weather_hourly", "month_start_date"),
}
#: A month with fewer known delays is not judged by its delays; one with fewer flights on a usual day, not by its days.
FLIGHTS_AT_LEAST, FLIGHTS_A_DAY_AT_LEAST = 1000, 20

#: A month with fewer flights stops: New York's three airports alone have 25,000.
MONTH_AT_LEAST = 100


def suite(dataset: str) -> ExpectationSuite:
    """The suite for the table that :func:`findings` returns: column ``stops`` fails the gate, ``warns`` only warns."""
    return ExpectationSuite(
        f"clean.{dataset}.volume",
        expectations=[
            ExpectColumnValuesToBeNull(
                column="stops",
                notes="The month differs too much from what is usual (expectations/bands.py). If the publisher's file "
                "is damaged or cut short, download it again. If the month is right (an airline has merged, a crisis), "
                "accept it: ontime check clean … --accept-volume.",
            ),
            ExpectColumnValuesToBeNull(
                column="warns",
                severity="warning",
                notes="Unusual, but no reason to stop the month: look at it.",
            ),
        ],
    )


def findings(commit: lake.CleanPartition, accept: bool = False) -> pd.DataFrame:
    """What is unusual about a clean month, one sentence per row, in column ``stops`` or ``warns``.

    With ``accept``, the current raw file of the month is accepted: findings that would stop the month only warn, now
    and in later checks, until the raw file changes.
    """
    problems = _findings(commit)
    acceptance = settings.clean_dir / ".accepted" / f"{commit.dataset}-{commit.partition}.json"
    if accept and any(finding.stops for finding in problems):
        stopped = [finding.sentence for finding in problems if finding.stops]
        acceptance.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(acceptance, {"raw_sha256": commit.raw_sha256, "accepted": stopped})
    accepted = _accepted(acceptance) == commit.raw_sha256
    rows = [
        (None, f"accepted: {finding.sentence}" if finding.stops else finding.sentence)
        if accepted or not finding.stops
        else (finding.sentence, None)
        for finding in problems
    ]
    return pd.DataFrame(rows, columns=["stops", "warns"], dtype=object)


def _accepted(acceptance: Path) -> str:
    """The digest of the raw file that was accepted; empty if none was, or if the record is damaged."""
    try:
        return json.loads(acceptance.read_bytes())["raw_sha256"]
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _findings(commit: lake.CleanPartition) -> list[Finding]:
    month, counts = commit.partition, _counts(commit)
    commits = [other for other in lake.clean_partitions(commit.dataset) if other.partition in _months_near(month)]
    others = {other.partition: other_counts for other in commits if (other_counts := _counts(other))}
    previous = lake.clean_partition(commit.dataset, month_before(month))
    before = others.get(month_before(month), {}) if previous and previous.is_validated else {}
    published: Counts = {}
    damage: list[Finding] = []
    try:
        published = _published(commit)
    except warehouse.DamagedVersion as problem:
        # The build refuses a damaged version. If this gate failed too, nobody could replace it by a full build.
        damage = [Finding(f"{month} is not compared with its published version. {problem}", False)]
    judged = bands.judge(month, counts, bands.usual(others.values()), before, published)
    alone = _flights_alone(commit, counts) if commit.dataset == "flights" else []
    return sorted([*alone, *judged, *damage], key=lambda finding: not finding.stops)


def _months_near(month: str) -> set[str]:
    near, earlier, later = set(), month, month
    for _ in range(MONTHS_NEARBY):
        earlier, later = month_before(earlier), month_after(later)
        near |= {earlier, later}
    return near


# -- counts ----------------------------------------------------------------------
def _counts(commit: lake.CleanPartition) -> Counts:
    """The counts of a committed month; empty if its files cannot be read, which its own gate reports."""
    try:
        return _counts_of(commit.dataset, _paths(commit))
    except duckdb.Error:
        return {}


def _paths(commit: lake.CleanPartition) -> tuple[str, ...]:
    return tuple(str(path) for path in sorted(commit.path.resolve().glob("*.parquet")))


@cache  # each commit has a folder of its own, so these paths never change their content
def _counts_of(dataset: str, paths: tuple[str, ...]) -> Counts:
    with duckdb.connect(config=settings.duckdb_config) as connection:
        return _count(connection.read_parquet(list(paths), hive_partitioning=False), dataset)


def _published(commit: lake.CleanPartition) -> Counts:
    """The counts of a month in the published warehouse; empty if it is not published.

    Raises :class:`ontime.warehouse.DamagedVersion`.
    """
    if commit.dataset not in PUBLISHED or not (published := warehouse.published_path()).exists():
        return {}
    table, day = PUBLISHED[commit.dataset]
    try:
        with duckdb.connect(str(published), read_only=True, config=settings.duckdb_config) as connection:
            month = connection.sql(f"from {table} where strftime({day}, '%Y-%m') = '{commit.partition}'")
            return _count(month, commit.dataset)
    except duckdb.Error:
        if version := warehouse.current():
            version.verified()
        raise


def _count(rows: duckdb.DuckDBPyRelation, dataset: str) -> Counts:
    """The counts that ``bands.BANDS`` names; the share of the commonest delay only if enough delays are known."""
    counts: dict[tuple[str, str], float] = {("rows", ""): _numbers(rows, "count(*)")[0][0]}
    for measure, column in NAMES.get(dataset, {}).items():
        for name, count in _numbers(rows, f"{column}, count(*)", column):
            counts[measure, name] = count
    if dataset not in NAMES:
        contract = DATASETS[dataset]
        for column in (name for name in contract.key if contract.column(name).type == "string"):
            for value, count in _numbers(rows, f"{column}, count(*)", column):
                counts["part", f"{column} {value}"] = count
    if dataset == "flights":
        counts["cancelled", ""] = _numbers(rows, "count(*) filter (is_cancelled)")[0][0]
        for delay in ("departure", "arrival"):
            column = f"{delay}_delay_minutes"
            values = [count for _, count in _numbers(rows, f"{column}, count({column})", column)]
            total, most = sum(values), max(values, default=0)
            if total >= FLIGHTS_AT_LEAST:
                counts[f"commonest {delay} delay", ""] = most / total
    return counts


def _numbers(rows: duckdb.DuckDBPyRelation, columns: str, group: str = "") -> list[tuple]:
    return rows.aggregate(columns, group).fetchall()


# -- one month alone ---------------------------------------------------------------
def _flights_alone(commit: lake.CleanPartition, counts: Counts) -> list[Finding]:
    rows, cancelled = counts["rows", ""], counts["cancelled", ""]
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.read_parquet(list(_paths(commit)), hive_partitioning=False).create_view("flights")
        problems = [*_cut_days(connection, commit.partition), *_wrong_distances(connection)]
    if rows < MONTH_AT_LEAST:
        problems.append(Finding(f"{rows:,} flights in {commit.partition}: no month has so few", True))
    if cancelled >= bands.CRISIS * rows:
        problems.append(Finding(f"{cancelled:,} of {rows:,} flights in {commit.partition} are cancelled", False))
    for delay in ("departure", "arrival"):
        if (share := counts.get((f"commonest {delay} delay", ""), 0)) > 0.5:
            problems.append(
                Finding(f"{share:.0%} of the flights in {commit.partition} have the same {delay} delay", True)
            )
    return problems


def _cut_days(connection: duckdb.DuckDBPyConnection, month: str) -> list[Finding]:
    """Days with less than half of the flights of a usual day, and a last day that ends early: the file was cut."""
    days = connection.execute(
        """
        select strftime(day, '%Y-%m-%d'), count(flight_date), max(hour(scheduled_departure_local_at))
        from (
            select unnest(generate_series(first_day, last_day(first_day), interval 1 day))::date as day
            from (select strptime(?, '%Y-%m')::date as first_day)
        )
        left join flights on flight_date = day
        group by day order by day
        """,
        [month],
    ).fetchall()
    usual = sorted(count for _, count, _ in days)[len(days) // 2]
    if usual < FLIGHTS_A_DAY_AT_LEAST:
        return []
    problems = [
        Finding(f"{f'{count:,}' if count else 'no'} flights on {day}; a usual day of the month has {usual:,}", True)
        for day, count, _ in days
        if count < 0.5 * usual
    ]
    *others, (last_day, _, last_hour) = days
    earliest = min((hour for _, _, hour in others if hour is not None), default=0)
    if last_hour is not None and last_hour < earliest - 3:
        sentence = f"no flights on {last_day} after {last_hour}:59; on the other days they last until {earliest}:00"
        problems.append(Finding(sentence, True))
    return problems


#: A distance is wrong if it differs from the great circle by more miles; the embedded routes agree within 9 miles.
MILES_APART = 25
#: A month stops if a larger share of its flights has a wrong distance: single rows may be wrong.
WRONG_DISTANCES = 0.001

ROUTES_SQL = """
with positions as (
    select airport_code, latitude_degrees, longitude_degrees from supplement
    union all
    from clean_airports where airport_code not in (select airport_code from supplement)
)

select
    flights.origin_airport_code, flights.destination_airport_code, flights.distance_miles, count(*) as flight_count,
    origins.latitude_degrees, origins.longitude_degrees, destinations.latitude_degrees, destinations.longitude_degrees
from flights
inner join positions as origins on flights.origin_airport_code = origins.airport_code
inner join positions as destinations on flights.destination_airport_code = destinations.airport_code
group by all
order by flight_count desc
"""


def _wrong_distances(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Routes whose reported distance is not the distance between the airports: a recoded airport or wrong position."""
    airports = lake.clean_partition("airports", ALL)
    if airports is None:
        return []
    source = connection.read_parquet(list(_paths(airports)))
    source.project("airport_code, latitude_degrees, longitude_degrees").create_view("clean_airports")
    connection.read_csv(str(settings.airport_supplement)).create_view("supplement")
    routes = [(*row[:4], great_circle_miles(*row[4:])) for row in connection.execute(ROUTES_SQL).fetchall()]
    wrong = [route for route in routes if abs(route[2] - route[4]) > MILES_APART]
    total = connection.execute("select count(*) from flights").fetchall()[0][0]
    stops = sum(count for _, _, _, count, _ in wrong) > WRONG_DISTANCES * total
    return [
        Finding(
            f"{count:,} flights from {origin} to {destination} report {distance:,} miles; "
            f"the airports are {apart:,.0f} miles apart",
            stops,
        )
        for origin, destination, distance, count, apart in wrong
    ]
