"""A read-only connection to what is published: the warehouse, the predictions and the monitoring."""

from dataclasses import dataclass

import duckdb

from ontime import warehouse
from ontime.settings import settings
from ontime.warehouse import Version

#: For people who meet a published warehouse without a table that this code reads.
EARLIER_CODE = (
    "What is published was built by earlier code and lacks a table that is read here. Trigger the DAG `warehouse` in "
    "Airflow, or run `ontime warehouse prepare --full` and the steps after it."
)


@dataclass(frozen=True)
class Published:
    """The versions that are current at one moment. None: not published yet."""

    warehouse: Version | None
    predictions: Version | None
    monitoring: Version | None

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the versions: what a cache of results depends on."""
        return tuple(version.version if version else "" for version in vars(self).values())


def current() -> Published:
    """What is published now.

    Raises :class:`ontime.warehouse.DamagedVersion`.
    """
    return Published(
        warehouse.current(warehouse.WAREHOUSE),
        warehouse.current(warehouse.PREDICTIONS),
        warehouse.current(warehouse.MONITORING),
    )


def connect(published: Published, most_memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open exactly these versions, read-only, even if newer ones are published in the meantime.

    ``most_memory``, for example ``512MB``: a limit below that of the settings; such a connection writes no temporary
    files either.

    The databases are called ``warehouse``, ``predictions`` and ``monitoring``; ``warehouse`` is the default, so
    ``marts.fct_flights`` needs no prefix. A query cannot read or write any other file, nor change a setting.

    Raises :class:`ontime.warehouse.NothingPublished` without a warehouse.
    """
    if published.warehouse is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `make demo` first.")
    connection = duckdb.connect(config=settings.duckdb_config)
    for name, version in vars(published).items():
        if version is not None:
            path = str(version.path).replace("'", "''")
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
    connection.execute("USE warehouse")
    if most_memory:
        sizes = "parse_formatted_bytes(?) < parse_formatted_bytes(?)"
        if connection.execute(f"SELECT {sizes}", [most_memory, settings.duckdb_memory_limit]).fetchall() == [(True,)]:
            connection.execute(f"SET memory_limit = '{most_memory}'")
        connection.execute("SET temp_directory = ''")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
