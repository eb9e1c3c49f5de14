"""``ontime warehouse``: build, publish, look at and roll back the warehouse."""

from typing import Annotated

import typer

from cli.options import Datasets, From, To, partitions, report_errors

app = typer.Typer(help="Build, publish, query and roll back the warehouse.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The published file: ontime, predictions or monitoring.")]


@app.command()
def prepare(full: Annotated[bool, typer.Option("--full", help="Build all months.")] = False) -> None:
    """Make the candidate that dbt builds on; does nothing when the published version is up to date."""
    from ontime import lake, warehouse

    with report_errors(*warehouse.REFUSALS, lake.DamagedPartition):
        warehouse.prepare_candidate(full)


@app.command()
def build() -> None:
    """Run dbt on the candidate: models and tests."""
    from ontime import warehouse
    from ontime.warehouse.dbt import DbtFailed

    with report_errors(DbtFailed, *warehouse.REFUSALS):
        warehouse.build_candidate()


@app.command()
def publish() -> None:
    """Publish the candidate; it must have passed its gate (ontime check marts)."""
    from ontime import warehouse

    with report_errors(*warehouse.REFUSALS):
        warehouse.publish_candidate()


@app.command()
def drop(datasets: Datasets, first_month: From = "", last_month: To = "") -> None:
    """Take months out of the lake; the next build takes them out of the warehouse. Clean them again to undo this."""
    from ontime import warehouse

    chosen = partitions(datasets, first_month, last_month)
    with report_errors(*warehouse.REFUSALS, LookupError):
        names = warehouse.drop(chosen)
    print(f"Dropped from the lake: {', '.join(names)}. The next build removes them: ontime warehouse prepare.")


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

    table = Table("", "version", "published (UTC)", "MiB", "sha256", "parent", "made from")
    with report_errors(warehouse.NothingPublished):
        now = warehouse.current_name(name)
        for version in warehouse.history(name):
            table.add_row(
                "*" if version.version == now else "",
                version.version,
                version.published_at,
                f"{version.size_bytes / 2**20:.1f}",
                version.sha256[:12],
                version.parent or "",
                ", ".join(f"{key} {str(value)[:16]}" for key, value in version.lineage.items()) or "(record damaged)",
            )
        Console().print(table)
        warehouse.current(name)  # if it is damaged, this says so


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="For example: FROM marts.fct_flights LIMIT 5")], name: Name = "ontime"
) -> None:
    """Print the result of a query on the published file, which is opened read-only, without access to other files."""
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
            # A query reads the published tables and nothing else: no files, no network, no settings.
            connection.execute(
                "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
            )
            if result := connection.sql(sql):
                result.show(max_width=160)


@app.command()
def rollback(
    to: Annotated[str, typer.Argument(help="The version; if left out, the one before the current.")] = "",
    name: Name = "ontime",
) -> None:
    """Make an earlier version current again. Nothing is deleted, and what it replaces is not built again."""
    from ontime import warehouse

    with report_errors(*warehouse.REFUSALS):
        version = warehouse.rollback(name, to or None)
    print(f"{warehouse.published_path(name)} is now {version.version}")
