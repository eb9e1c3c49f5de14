"""The batch of the marts when a declared dataset has not arrived."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.gate.batches import mart_batches
from expectations.validate import validate_marts
from ontime import lake
from ontime.contract import ALL, Column, Dataset
from ontime.datasets import DATASETS
from ontime.settings import settings
from tests.expectations.good_data import build_candidate, store_all

pytestmark = pytest.mark.usefixtures("data_dir")


def seventh(cadence: str) -> Dataset:
    return Dataset(
        name="ferries",
        title="Ferries",
        source="test",
        license="test",
        cadence=cadence,
        formats={"csv": ("id",)},
        columns=(Column("ferry_id", "string", "Identifier.", required=True),),
        key=("ferry_id",),
        dag="reference",
    )


def test_a_dataset_that_has_not_arrived_does_not_stop_the_gate(monkeypatch):
    monkeypatch.setitem(DATASETS, "ferries", seventh("once"))
    store_all("2013-01")
    build_candidate()

    counts = validate_marts()

    assert counts["checks_failed"] == 0
    assert (counts["partitions"], counts["rows"]) == (1, 31 * 4)
    empty = pq.read_table(settings.candidate_changes_dir / "ferries")
    assert (empty.num_rows, empty.schema.field("ferry_id").type) == (0, pa.string())


@pytest.mark.parametrize("cadence", ["once", "month"])
def test_a_dataset_without_partitions_changes_no_batch(monkeypatch, cadence):
    store_all("2013-01")
    build_candidate()
    before = mart_batches()

    contract = seventh(cadence)
    monkeypatch.setitem(DATASETS, "ferries", contract)
    folder = settings.candidate_changes_dir / "ferries" / lake.hive_path("1900-01" if contract.is_monthly else ALL)
    folder.mkdir(parents=True)
    pq.write_table(contract.arrow_schema().empty_table(), folder / "empty.parquet")

    with_it = mart_batches()
    assert {name: batch.equals(before[name]) for name, batch in with_it.items()} == dict.fromkeys(before, True)
