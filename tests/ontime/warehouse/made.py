"""Small candidates and commits for the tests of the warehouse."""

from pathlib import Path

import duckdb

from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings


def candidate(value: int) -> Path:
    """A candidate file with one table, ``answer``."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    path = settings.warehouse_candidate
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE answer AS SELECT {value} AS value")
        prove(connection)
    return path


def prove(connection: duckdb.DuckDBPyConnection, status: str = "success") -> None:
    """Write the proof that dbt writes when it has built the prepared candidate."""
    build_id = settings.candidate_changes_dir / "build_id.txt"
    if build_id.exists():
        connection.execute("CREATE SCHEMA IF NOT EXISTS proof")
        connection.execute("CREATE OR REPLACE TABLE proof.build AS SELECT ? AS build_id", [build_id.read_text()])
        connection.execute("CREATE OR REPLACE TABLE proof.nodes AS SELECT 'answer' AS node, ? AS status", [status])


def published_value(name: str = "ontime") -> int:
    with duckdb.connect(str(warehouse.published_path(name)), read_only=True) as connection:
        return connection.execute("SELECT value FROM answer").fetchone()[0]


def commit_all(flights=("2013-01",), weather=("2013-01",)) -> None:
    for dataset in ("flights", *DATASETS["flights"].needs):
        for month in {"flights": flights, "weather": weather}.get(dataset, (ALL,)):
            commit(dataset, month)


def commit(dataset: str, month: str, value: int = 1) -> None:
    staging = lake.staging_dir(dataset)
    duckdb.sql(f"COPY (SELECT {value} AS value) TO '{staging}/a.parquet'")
    partition = lake.CleanPartition(dataset, month, "raw", "job", 1, 1, 0)
    lake.commit_clean(partition, [staging / "a.parquet"], [])
    lake.mark_validated(partition)
