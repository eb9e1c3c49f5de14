"""Batches that compare the candidate's marts with the lake. Their SQL is written independently of the dbt models.

Every function takes a connection with the candidate attached as ``warehouse`` and the table of months as ``months``
(:mod:`ontime.warehouse.changes`), and returns a table for a suite in :mod:`expectations.marts`.
"""

import duckdb
import pandas as pd

from ontime import lake
from ontime.contract import Dataset
from ontime.datasets import DATASETS
from ontime.settings import settings

#: One row per changed month: its flights, and those with the weather of another hour than that of their scheduled
#: departure, or without weather although the hour was observed.
HOURS_SQL = """
select
    strftime(flights.flight_date, '%Y-%m') as month,
    count(*) as flights,
    count(*) filter (flights.weather_key is distinct from hours.weather_key) as flights_with_another_hour
from warehouse.marts.fct_flights as flights
left join warehouse.marts.fct_weather_hourly as hours
    on
        flights.origin_airport_code = hours.airport_code
        and date_trunc('hour', flights.scheduled_departure_at) = hours.observed_at
where
    date_trunc('month', flights.flight_date) in (
        select month_start_date from months where flights_changed or weather_changed
    )
group by month
order by month
"""

#: One row per numeric column of weather: the number of values in the changed months, in the lake and in the mart, and
#: the difference of their sums.
READINGS_SQL = """
select
    '{column}' as reading,
    (select count({column}) from clean_weather) as readings_in_lake,
    (select count({column}) from weather_in_marts) as readings_in_marts,
    round(
        (select coalesce(sum({column}), 0) from weather_in_marts)
        - (select coalesce(sum({column}), 0) from clean_weather), 3
    ) as difference_of_sums
"""


def hours(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The result of ``HOURS_SQL``."""
    return connection.execute(HOURS_SQL).df()


def readings(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The result of ``READINGS_SQL`` for all numeric columns of the contract."""
    # dbt also reads the weather of months in which only the flights have changed. They are not compared.
    source = lake.clean_glob("weather", settings.candidate_changes_dir)
    connection.read_parquet(source, hive_partitioning=True).create_view("weather_files")
    connection.execute(
        "create view clean_weather as from weather_files where make_date(year::int, month::int, 1) in "
        "(select month_start_date from months where weather_changed)"
    )
    connection.execute(
        "create view weather_in_marts as from warehouse.marts.fct_weather_hourly "
        "where month_start_date in (select month_start_date from months where weather_changed)"
    )
    numbers = [column.name for column in DATASETS["weather"].columns if column.type in ("double", "int32")]
    return connection.execute(" union all ".join(READINGS_SQL.format(column=name) for name in numbers)).df()


def missing_rows(connection: duckdb.DuckDBPyConnection, lake_rows: pd.DataFrame) -> pd.DataFrame:
    """One row per partition that dbt has read, and one per dataset: clean rows, and how many of them no mart has.

    ``lake_rows``: the row counts in the lake's manifests, in the columns ``dataset`` and ``row_count``. Every dataset
    that has a contract is compared. ``mart`` is None if no mart holds the dataset.
    """
    columns: dict[str, set[str]] = {}
    for mart, column in connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = 'marts'"
    ).fetchall():
        columns.setdefault(mart, set()).add(column)
    rows: list[tuple[str, str, str | None, int, int]] = []
    for dataset in DATASETS.values():
        in_lake = int(lake_rows.loc[lake_rows["dataset"] == dataset.name, "row_count"].sum())
        mart = _mart_of(dataset, columns)
        if not in_lake:
            continue
        if mart is None:
            rows.append((dataset.name, "all", None, in_lake, 0))
            continue
        in_mart = connection.execute(f"select count(*) from warehouse.marts.{mart}").fetchall()[0][0]  # noqa: S608
        rows.append((dataset.name, "all", mart, in_lake, max(in_lake - in_mart, 0)))
        rows += [(dataset.name, month, mart, *counts) for month, *counts in _not_found(connection, dataset, mart)]
    return pd.DataFrame(rows, columns=["dataset", "partition", "mart", "rows_in_lake", "rows_not_in_mart"])


def _mart_of(dataset: Dataset, columns: dict[str, set[str]]) -> str | None:
    """The mart that holds a dataset's rows: it has all columns of the key, and most of the other columns; or None."""
    return max(
        (mart for mart, names in columns.items() if names.issuperset(dataset.key)),
        key=lambda mart: (len(columns[mart].intersection(dataset.column_names)), -len(columns[mart])),
        default=None,
    )


def _not_found(connection: duckdb.DuckDBPyConnection, dataset: Dataset, mart: str) -> list[tuple]:
    """For each partition that dbt has read: its name, and the numbers of all rows and of rows not in the mart."""
    files = connection.read_parquet(
        lake.clean_glob(dataset.name, settings.candidate_changes_dir), hive_partitioning=False, filename=True
    )
    types = dict(zip(files.columns, files.types, strict=True))
    in_lake = ", ".join(dataset.key)
    # Hashes are compared, because the keys of ten years of the whole country do not fit into memory. The mart may
    # use another type, so its keys are cast first.
    in_mart = ", ".join(f"try_cast({name} as {types[name]})" for name in dataset.key)
    files.create_view("clean_files", replace=True)
    rows = connection.execute(
        f"""
        select
            regexp_extract(filename, 'year=([0-9]+)/month=([0-9]+)/[^/]*$', ['year', 'month']) as folder,
            count(*),
            count(*) filter (not found)
        from (
            select filename, hash({in_lake}) in (select hash({in_mart}) from warehouse.marts.{mart}) as found
            from clean_files
        )
        group by folder
        order by folder
        """  # noqa: S608
    ).fetchall()
    return [("-".join(filter(None, folder.values())) or "all", *counts) for folder, *counts in rows]
