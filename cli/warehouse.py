"""``ontime warehouse``: build, publish, look at and roll back the warehouse."""

from typing import Annotated

import typer

from cli.options import report_errors

app = typer.Typer(help="Build, publish, query and roll back the warehouse.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The published file: ontime, predictions or monitoring.")]


@app.command()
def prepare(full: Annotated[bool, typer.Option("--full", help="Build all months.")] = False) -> None:
    """Make the candidate that dbt builds on; does nothing when the published version is up to date."""
    from ontime import lake, warehouse

    with report_errors(lake.DamagedPartition):
        warehouse.prepare_candidate(full)


@app.command()
def build() -> None:
    """Run dbt on the candidate: models and tests."""
    from ontime.warehouse import NothingPublished, build_candidate
    from ontime.warehouse.dbt import DbtFailed

    with report_errors(DbtFailed, NothingPublished):
        build_candidate()


@app.command()
def publish() -> None:
    """Publish the candidate; it must have passed its gate (ontime check marts)."""
    from ontime import warehouse

    with report_errors(warehouse.NothingPublished, warehouse.NotAudited):
        warehouse.publish_candidate()


@app.command()
def docs() -> None:
    """Write dbt's documentation of the published warehouse as one page that needs no network."""
    from ontime import warehouse
    from ontime.warehouse.dbt import DbtFailed

    with report_errors(warehouse.NothingPublished, DbtFailed):
        print(f"Open {warehouse.write_docs()}")


@app.command()
def history(name: Name = "ontime") -> None:
    """List the versions kept, newest first; * marks the current one."""
    from rich.console import Console
    from rich.table import Table

    from ontime import warehouse

    now = warehouse.current(name)
    table = Table("", "version", "published (UTC)", "MiB", "sha256", "made from")
    for version in warehouse.history(name):
        table.add_row(
            "*" if now and version.version == now.version else "",
            version.version,
            version.published_at,
            f"{version.size_bytes / 2**20:.1f}",
            version.sha256[:12],
            ", ".join(f"{key} {value[:16]}" for key, value in version.lineage.items()),
        )
    Console().print(table)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="For example: FROM marts.fct_flights LIMIT 5")], name: Name = "ontime"
) -> None:
    """Print the result of a query on the published file, which is opened read-only."""
    import duckdb

    from ontime import warehouse
    from ontime.settings import settings

    with report_errors(duckdb.Error, warehouse.NothingPublished):
        if warehouse.current(name) is None:
            raise warehouse.NothingPublished(
                f"Nothing has been published as {warehouse.published_path(name)} yet: run `make demo`."
            )
        published = str(warehouse.published_path(name))
        with duckdb.connect(published, read_only=True, config=settings.duckdb_config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.sql(sql).show(max_width=160)


@app.command()
def rollback(
    to: Annotated[str, typer.Argument(help="The version; if left out, the one before the current.")] = "",
    name: Name = "ontime",
) -> None:
    """Make an earlier version current again. Nothing is deleted."""
    from ontime import warehouse

    with report_errors(warehouse.NothingPublished):
        version = warehouse.rollback(name, to or None)
    print(f"{warehouse.published_path(name)} is now {version.version}")
