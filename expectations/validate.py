"""Runs the suites of one boundary, and raises when data must not pass.

By hand::

    python -m expectations.validate raw flights weather airports 2013-01 2013-03
    python -m expectations.validate clean flights 2013-01
    python -m expectations.validate marts

Each ``validate_…`` returns ``{"checks_passed", "checks_failed", "partitions", "rows"}``, prints what
it checked, leaves the results in the Data Docs, and raises :class:`GateFailed` after all
partitions were checked. Great Expectations takes seconds to import: it is imported when a gate runs.
"""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Annotated

import typer

from expectations.gate.gate.failure import GateFailed
from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.lake import formats
from ontime.named import named_partitions
from ontime.settings import settings

__all__ = ["GateFailed", "validate_clean", "validate_marts", "validate_raw"]


def validate_raw(dataset: str, months: list[str]) -> dict[str, int]:
    """Check raw files as they arrived; a reference dataset's only month is ``all``.

    Raises :class:`GateFailed`, ``lake.MissingPartition`` or ``lake.CorruptRawFile``.
    """
    from expectations.gate.gate import Gate
    from expectations.gate.gate.batches import raw_rows
    from expectations.shared import checked_columns

    suites = import_module(f"expectations.{dataset}").RAW
    known = import_module(f"ontime.sources.{dataset}").FORMATS
    gate, row_count = Gate(), 0
    for month in months:
        raw = lake.current_raw(dataset, month)
        suite = suites[formats.closest(known, formats.named(formats.cells_of_header(raw.path)))]
        rows = raw_rows(raw.path, checked_columns(suite))
        row_count += len(rows)
        rows_at_least = max(math.ceil(0.95 * raw.row_count), 1)
        gate.check(suite, rows, [month], {**_calendar(month), "rows_at_least": rows_at_least})
    return gate.close(
        len(months),
        row_count,
        f"nothing was cleaned. Look at the file in {settings.raw_dir / dataset}: its manifest.json says where it came "
        f"from. When the publisher has put it right, download it again (python -m ontime.sources.{dataset}"
        f"{'' if months == [ALL] else ' <month>'}). If the format has changed for good, change FORMATS in "
        f"ontime/sources/{dataset}.py, RAW in expectations/{dataset}.py and the cleaning in spark_jobs/{dataset}.py.",
    )


def validate_clean(dataset: str, months: list[str]) -> dict[str, int]:
    """Check clean partitions: shape, rows, and that with the quarantine they hold every raw row.

    Those that pass are marked as validated: the warehouse is built from nothing else.
    Raises :class:`GateFailed`, or ``lake.MissingPartition`` where nothing was cleaned.
    """
    from expectations import shared
    from expectations.gate import batches
    from expectations.gate.gate import Gate

    suites = import_module(f"expectations.{dataset}")
    shape = shared.clean_shape(dataset, suites.CLEAN_COLUMNS)
    books = batches.clean_books(dataset, months)
    partitions = [batches.clean_manifest(dataset, month) for month in months]
    for partition in partitions:
        lake.clear_validated(partition)
    gate = Gate()
    balanced = gate.check(shared.clean_books(dataset), books, months)
    for month, partition in zip(months, partitions, strict=True):
        files = batches.parquet_files(partition.path)
        # Rows of another shape than the suite's would only repeat the same failure.
        passed = gate.check(shape, batches.clean_shape(files), [month]) and gate.check(
            suites.CLEAN, batches.clean_rows(files), [month], _calendar(month)
        )
        if passed and balanced:
            lake.mark_validated(partition)
    return gate.close(
        len(months),
        int(books["rows_clean"].sum()),
        f"the warehouse was not built from this. Rejected rows are whole in {settings.quarantine_dir / dataset}. "
        f"If the data is right, the rule is wrong: change expectations/{dataset}.py. If the cleaning is wrong, change "
        f"spark_jobs/{dataset}.py. Then clean it again (python -m spark_jobs {dataset}"
        f"{'' if months == [ALL] else ' <month>'} --reprocess).",
    )


def validate_marts() -> dict[str, int]:
    """Check the candidate warehouse's marts against the lake, read-only.

    Raises :class:`GateFailed`, or ``lake.MissingPartition`` when there is no candidate.
    """
    import duckdb

    from expectations import marts
    from expectations.gate.gate import Gate
    from expectations.gate.gate.batches import mart_batches

    if not settings.warehouse_candidate.exists():
        raise lake.MissingPartition(f"There is no {settings.warehouse_candidate}: build the warehouse first.")
    advice = "the published warehouse is as it was. Mend the model in dbt_project/models that made the figure."
    try:
        months, relations = mart_batches()
    except duckdb.Error as error:
        message = f"marts: {settings.warehouse_candidate} cannot be read: {error}\n\nWhat to do: {advice}"
        print(message)
        raise GateFailed(message) from error
    gate = Gate()
    gate.check(marts.MONTHS, months, ["candidate"], {"today": datetime.now(UTC).replace(tzinfo=None)})
    gate.check(marts.RELATIONS, relations, ["candidate"])
    counts = gate.close(len(months), int(months["flights_in_marts"].sum()), advice)
    warehouse.accept_candidate()
    return counts


def _calendar(month: str) -> dict[str, object]:
    """What ``month`` means for its rows: the values of the suites' calendar parameters."""
    this_year: dict[str, object] = {"this_year": datetime.now(UTC).year}
    if month == ALL:
        return this_year
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    day = timedelta(days=1)
    return {
        **this_year,
        "years": [str(first.year)],
        "months": [str(first.month), f"{first.month:02d}"],
        # The last hours of a year or a storm may be missing from a month that is complete.
        "days_at_least": (after - first).days - 2,
        "first_day": datetime(first.year, first.month, 1),
        "last_day": datetime(after.year, after.month, 1) - day,
        "earliest_instant": datetime(first.year, first.month, 1, tzinfo=UTC) - 2 * day,
        "latest_instant": datetime(after.year, after.month, 1, tzinfo=UTC) + 2 * day,
    }


def main(
    boundary: Annotated[str, typer.Argument(help="raw, clean or marts.")],
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DATASET... [FIRST_MONTH [LAST_MONTH]]]",
            help="For raw and clean. Months, as YYYY-MM, for flights and weather.",
        ),
    ] = None,
) -> None:
    """Check data at a boundary, dataset after dataset; exit 1 and say why when some must not pass."""
    try:
        gates = _gates(boundary, what or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    results = [_passes(gate) for gate in gates]
    if not all(results):
        raise typer.Exit(1)


def _gates(boundary: str, words: list[str]) -> list[Callable[[], dict[str, int]]]:
    if boundary == "marts":
        if words:
            raise ValueError("marts are checked whole: no datasets, no months")
        return [validate_marts]
    if boundary not in ("raw", "clean"):
        raise ValueError(f"'{boundary}' is not a boundary: raw, clean or marts")
    validate = validate_raw if boundary == "raw" else validate_clean
    return [partial(validate, dataset, months) for dataset, months in named_partitions(words).items()]


def _passes(gate: Callable[[], dict[str, int]]) -> bool:
    try:
        counts = gate()
    except GateFailed:
        return False  # the gate has printed why
    except (lake.MissingPartition, lake.CorruptRawFile) as error:
        typer.echo(str(error), err=True)
        return False
    typer.echo(f"{counts['checks_passed']} checks passed, {counts['partitions']} partitions, {counts['rows']:,} rows")
    return True


if __name__ == "__main__":
    typer.run(main)
