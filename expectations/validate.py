"""Run the suites of one boundary: raw files, clean partitions, or the marts of the candidate warehouse.

Each function checks all partitions, prints one line per suite, leaves the results in the Data Docs, and returns
``{"checks_passed", "checks_failed", "partitions", "rows", "warnings"}``, or raises :class:`GateFailed`. On the command
line: ``ontime check``. Great Expectations takes seconds to import, so it is imported only when a gate runs.
"""

import math
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

from expectations.gate.failure import GateFailed
from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.lake import formats
from ontime.settings import settings
from ontime.warehouse.dbt import DbtFailed, run_unit_tests

#: A header of an unknown table can have thousands of cells. Comparing and rendering all of them takes a minute.
COLUMNS_SHOWN = 200

__all__ = ["GateFailed", "validate_clean", "validate_marts", "validate_raw"]


def validate_raw(dataset: str, partitions: list[str]) -> dict[str, Any]:
    """Check raw files as they arrived.

    Raises :class:`GateFailed`, ``lake.MissingPartition`` or ``lake.CorruptRawFile``.
    """
    import pandas as pd

    from expectations.gate.batches import raw_rows
    from expectations.gate.gate import Gate
    from expectations.shared import checked_columns, header_suite

    suites = import_module(f"expectations.{dataset}").RAW
    gate, row_count = Gate(), 0
    for partition in partitions:
        raw = lake.current_raw(dataset, partition)
        columns = formats.column_names(formats.cells_of_header(raw.path))
        name = formats.format_of(DATASETS[dataset].formats, columns)
        if name is None:
            # The rows of an unknown table are not read: it can have any number of columns.
            closest = formats.closest_format(DATASETS[dataset].formats, columns)
            expected = DATASETS[dataset].formats[closest]
            shown = [name for number, name in enumerate(columns) if number < COLUMNS_SHOWN or name in expected]
            gate.check(header_suite(DATASETS[dataset], closest), pd.DataFrame(columns=shown), [partition])
            continue
        suite = suites[name]
        rows = raw_rows(raw, checked_columns(suite))
        if raw.unreadable_rows:
            print(f"{dataset} {partition}: {raw.unreadable_rows:,} rows are unreadable: {raw.unreadable_named}")
        row_count += len(rows)
        rows_at_least = max(math.ceil(0.95 * raw.row_count), 1)
        gate.check(suite, rows, [partition], {**_parameters(partition), "rows_at_least": rows_at_least})
    return gate.close(
        len(partitions),
        row_count,
        consequence="Nothing was cleaned.",
        advice=f"look at the file in {settings.raw_dir / dataset}; manifest.json beside it names its source. When the "
        f"publisher has corrected the file, download it again (ontime download {dataset}{_months(partitions)}). If the "
        f"format has changed for good, change `formats` in ontime/datasets/{dataset}.py, RAW in "
        f"expectations/{dataset}.py and the cleaning in spark_jobs/{dataset}.py.",
    )


def validate_clean(dataset: str, partitions: list[str], accept_volume: bool = False) -> dict[str, Any]:
    """Check clean partitions: their shape, their rows, and that clean and quarantined rows add up to the raw rows.

    A month's volume and distribution are compared with other months and with its published version
    (:mod:`expectations.volume`). With ``accept_volume``, differences that would stop the month only warn, in later runs
    too, until its raw file changes. The oldest month is checked first, because the next one is compared with it.

    Partitions that pass are marked as validated; the warehouse is built only from those. A partition whose raw file is
    newer fails, and keeps its mark: its rows have not changed since they passed. Raises :class:`GateFailed`, or
    ``lake.MissingPartition`` where nothing is committed.
    """
    from expectations import shared, volume
    from expectations.gate import batches
    from expectations.gate.gate import Gate

    contract = DATASETS[dataset]
    rows_suite = import_module(f"expectations.{dataset}").CLEAN
    shape_suite, volume_suite = shared.shape_suite(contract), volume.suite(dataset)
    commits = [batches.clean_manifest(dataset, partition) for partition in partitions]
    counts = batches.reconciliation(commits)
    is_outdated = counts["raw_version"] != counts["raw_version_cleaned"]
    outdated, current = ({*counts["partition"][which]} for which in (is_outdated, ~is_outdated))
    gate, reconciled = Gate(), True
    for names in filter(None, (outdated, current)):
        batch = counts[counts["partition"].isin(names)].reset_index(drop=True)
        reconciled = gate.check(shared.reconciliation_suite(contract), batch, sorted(names))
    checked = sorted((commit for commit in commits if commit.partition in current), key=lambda one: one.partition)
    for commit in checked:
        lake.clear_validated(commit)
    for commit in checked:
        files, partition = batches.parquet_files(commit.path), [commit.partition]
        # With a wrong shape, checking the rows would only repeat the same failure.
        passed = gate.check(shape_suite, batches.clean_shape(files), partition) and gate.check(
            rows_suite, batches.clean_rows(files), partition, _parameters(commit.partition)
        )
        if passed and contract.is_monthly:
            passed = gate.check(volume_suite, volume.findings(commit, accept_volume), partition)
        if passed and reconciled:
            lake.mark_validated(commit)
    return gate.close(
        len(partitions),
        int(counts["rows_clean"].sum()),
        consequence="The warehouse was not built from this data.",
        advice=f"look at the rejected rows in {settings.quarantine_dir / dataset}; each has a reason. If the data is "
        f"right and the check is wrong, change the contract in ontime/datasets/{dataset}.py or the suite in "
        f"expectations/{dataset}.py. If the cleaning is wrong, change spark_jobs/{dataset}.py. Then clean again "
        f"(ontime clean {dataset}{_months(partitions)} --reprocess).",
    )


def validate_marts() -> dict[str, Any]:
    """Check the marts of the candidate warehouse against the lake, read-only; then run dbt's unit tests.

    The unit tests run once per dbt project (:func:`ontime.warehouse.dbt.run_unit_tests`). A candidate that passes can
    be published. Raises :class:`GateFailed`, and what ``warehouse.validating`` raises.
    """
    with warehouse.validating():
        return _check_marts()


def _check_marts() -> dict[str, Any]:
    import duckdb

    from expectations import marts
    from expectations.gate.batches import mart_batches
    from expectations.gate.gate import Gate

    consequence = "The published warehouse is unchanged."
    advice = (
        "fix the model in dbt_project/models that computes the figure, then prepare, build and check again "
        "(ontime warehouse prepare, ontime warehouse build, ontime check marts)."
    )
    try:
        batches = mart_batches()
    except duckdb.Error as error:
        message = (
            f"marts: {settings.warehouse_candidate} cannot be read: {error}\n\n{consequence}\nWhat to do: {advice}"
        )
        print(message)
        raise GateFailed(message) from error
    gate = Gate()
    today = {"today": datetime.now(UTC).replace(tzinfo=None)}
    months = batches["MONTHS"]
    for name, batch in batches.items():
        # Without flights in the lake and in the marts, other datasets are published alone.
        if not months.empty or name not in marts.ABOUT_FLIGHTS:
            gate.check(getattr(marts, name), batch, ["candidate"], today)
    counts = gate.close(len(months), int(months["flights_in_marts"].sum()), consequence, advice)
    try:
        if run_unit_tests():
            print("passed: unit tests of the dbt project")
    except DbtFailed as error:
        message = f"A unit test of the dbt project failed.\n{error}\n\n{consequence}\nWhat to do: {advice}"
        print(message)
        raise GateFailed(message) from error
    return counts


def _months(partitions: list[str]) -> str:
    """The partitions as options of an ``ontime`` command; nothing for a single table."""
    first, last = partitions[0], partitions[-1]
    if first == ALL:
        return ""
    return f" --from {first}" + (f" --to {last}" if last != first else "")


def _parameters(partition: str) -> dict[str, object]:
    """The calendar values that suites refer to as ``$PARAMETER``, for the rows of one partition."""
    this_year: dict[str, object] = {"this_year": datetime.now(UTC).year}
    if partition == ALL:
        return this_year
    first = date.fromisoformat(f"{partition}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    day = timedelta(days=1)
    return {
        **this_year,
        "years": [str(first.year)],
        "months": [str(first.month), f"{first.month:02d}"],
        # A complete month may lack the last hours of a year, or a day of storm.
        "days_at_least": (after - first).days - 2,
        "first_day": datetime(first.year, first.month, 1),
        "last_day": datetime(after.year, after.month, 1) - day,
        "earliest_instant": datetime(first.year, first.month, 1, tzinfo=UTC) - 2 * day,
        "latest_instant": datetime(after.year, after.month, 1, tzinfo=UTC) + 2 * day,
    }
