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
from ontime.warehouse import own_models

#: One row per changed month: its flights, and those whose weather is not that of the hour of their scheduled departure,
#: or is missing although the hour was observed.
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

#: One row per month and reading of a dataset, which is a numeric column, or ``rows``: the number of its values in the
#: lake and in the mart, and the difference of their sums; 0 if only the precision of floating-point sums differs.
READINGS_SQL = """
with in_lake as ({in_lake}),

in_mart as ({in_mart})

select
    '{dataset}' as dataset,
    month,
    reading,
    coalesce(in_lake.readings, 0)::bigint as readings_in_lake,
    coalesce(in_mart.readings, 0)::bigint as readings_in_marts,
    coalesce(in_mart.total, 0) - coalesce(in_lake.total, 0) as difference,
    if(abs(difference) <= 1e-9 * in_lake.size, 0, round(difference, 6)) as difference_of_sums
from in_lake
full join in_mart using (month, reading)
order by month, reading
"""
NUMBERS = ("double", "int32")
#: Types of numbers in a mart.
NUMBERS_IN_MARTS = ("DOUBLE", "FLOAT", "INTEGER", "BIGINT", "HUGEINT", "SMALLINT")

#: The columns of each mart with their types.
Marts = dict[str, dict[str, str]]


def hours(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The result of ``HOURS_SQL``."""
    return connection.execute(HOURS_SQL).df()


def readings(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The result of ``READINGS_SQL`` for the changed months of each dataset, and for each table without months.

    A dataset is compared if its mart has the months of the lake in ``month_start_date``, or is ``fct_<dataset>``, so
    flights are not: they have a batch of their own. A mart without the dataset's numbers, but with one of its own, is
    taken for unpivoted: that number is compared with all numeric columns together.
    """
    marts = _marts(connection)
    tables = [
        _readings(connection, dataset, mart, marts[mart])
        for dataset in DATASETS.values()
        if (mart := _mart_of(dataset, marts))
        and ("month_start_date" in marts[mart] if dataset.is_monthly else mart == f"fct_{dataset.name}")
    ]
    columns = ["dataset", "month", "reading", "readings_in_lake", "readings_in_marts", "difference_of_sums"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _readings(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, mart: str, columns: dict[str, str]
) -> pd.DataFrame:
    # dbt also reads months in which only another dataset has changed. They are not compared.
    source = lake.clean_glob(dataset.name, settings.candidate_changes_dir)
    connection.read_parquet(source, hive_partitioning=dataset.is_monthly).create_view("clean_files", replace=True)
    lake_month, mart_month, where = "'all'", "'all'", "true"
    if dataset.is_monthly:
        lake_month, mart_month = "make_date(year::int, month::int, 1)", "month_start_date"
        where = f"{{}} in (select month_start_date from months where {dataset.name}_changed)"  # noqa: S608
    in_lake, in_mart = _compared(dataset, columns)
    return connection.execute(
        READINGS_SQL.format(
            dataset=dataset.name,
            in_lake=_totals("clean_files", lake_month, where.format(lake_month), in_lake),
            in_mart=_totals(f"warehouse.marts.{mart}", mart_month, where.format(mart_month), in_mart),
        )
    ).df()


def _compared(dataset: Dataset, columns: dict[str, str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """By reading, the columns to compare: in the lake, and in the mart. ``rows`` counts the first column of the key."""
    numbers = [column.name for column in dataset.columns if column.type in NUMBERS and column.name not in dataset.key]
    shared = {name: [name] for name in numbers if name in columns}
    rows = {"rows": [dataset.key[0]]}
    of_the_mart = [name for name, type_ in columns.items() if type_ in NUMBERS_IN_MARTS and name not in dataset.key]
    if numbers and not shared and len(of_the_mart) == 1:
        return {of_the_mart[0]: numbers}, {of_the_mart[0]: of_the_mart}
    return rows | shared, rows | shared


def _totals(relation: str, month: str, where: str, readings: dict[str, list[str]]) -> str:
    """SQL for one row per month and reading: the number of values, their sum, and the sum of their absolute values."""

    def sums(columns: list[str], template: str) -> str:
        return " + ".join(template.format(name) for name in columns)

    return " union all ".join(
        f"select {month}::varchar as month, '{reading}' as reading, "
        f"{sums(columns, 'count({})')} as readings, "
        + (
            "0 as total, 0 as size "
            if reading == "rows"
            else f"{sums(columns, 'coalesce(sum({}::double), 0)')} as total, "
            f"{sums(columns, 'coalesce(sum(abs({}::double)), 0)')} as size "
        )
        + f"from {relation} where {where} group by all"
        for reading, columns in readings.items()
    )


def missing_rows(connection: duckdb.DuckDBPyConnection, lake_rows: pd.DataFrame) -> pd.DataFrame:
    """One row per partition that dbt has read, and one per dataset: clean rows, and how many of them no mart has.

    ``lake_rows``: the row counts in the lake's manifests, in the columns ``dataset`` and ``row_count``. Every dataset
    that has a contract is compared. ``mart`` is None if no mart holds the dataset.
    """
    marts = _marts(connection)
    rows: list[tuple[str, str, str | None, int, int]] = []
    for dataset in DATASETS.values():
        in_lake = int(lake_rows.loc[lake_rows["dataset"] == dataset.name, "row_count"].sum())
        mart = _mart_of(dataset, marts)
        if not in_lake:
            continue
        if mart is None:
            rows.append((dataset.name, "all", None, in_lake, 0))
            continue
        in_mart = connection.execute(f"select count(*) from warehouse.marts.{mart}").fetchall()[0][0]  # noqa: S608
        rows.append((dataset.name, "all", mart, in_lake, max(in_lake - in_mart, 0)))
        rows += [
            (dataset.name, month, mart, *counts)
            for month, *counts in _missing_rows(connection, dataset, mart, marts[mart])
        ]
    return pd.DataFrame(rows, columns=["dataset", "partition", "mart", "rows_in_lake", "rows_not_in_mart"])


def _marts(connection: duckdb.DuckDBPyConnection) -> Marts:
    marts: Marts = {}
    for mart, column, type_ in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        marts.setdefault(mart, {})[column] = type_
    return marts


def _mart_of(dataset: Dataset, marts: Marts) -> str | None:
    """The mart that holds a dataset's rows: it has all columns of the key, and most of the other columns; or None.

    A mart that belongs to another dataset alone is never chosen, even if its columns have the same names.
    """
    others = {mart for name in DATASETS if name != dataset.name for mart in own_models.tables(name)}
    return max(
        (mart for mart, columns in marts.items() if columns.keys() >= {*dataset.key} and mart not in others),
        key=lambda mart: (len(marts[mart].keys() & {*dataset.column_names}), -len(marts[mart])),
        default=None,
    )


def _missing_rows(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, mart: str, columns: dict[str, str]
) -> list[tuple]:
    """For each partition that dbt has read: its name, and the numbers of all rows and of rows not in the mart.

    An unpivoted mart has one row per number, so clean rows without numbers are not expected in it.
    """
    numbers, _ = _compared(dataset, columns)
    where = "" if "rows" in numbers else f"where coalesce({', '.join(*numbers.values())}) is not null"
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
            count(*) filter (not is_published)
        from (
            select filename, hash({in_lake}) in (select hash({in_mart}) from warehouse.marts.{mart}) as is_published
            from clean_files
            {where}
        )
        group by folder
        order by folder
        """  # noqa: S608
    ).fetchall()
    return [("-".join(filter(None, folder.values())) or "all", *counts) for folder, *counts in rows]
