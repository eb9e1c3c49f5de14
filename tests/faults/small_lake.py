"""A small clean lake of all datasets, and functions that change and read it without Spark."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS, in_order
from ontime.settings import settings
from tests.dbt_project import tiny_lake

MONTH, NEXT = "2013-01", "2013-02"
#: Rows of January that the cleaning has rejected: XNA and ZW are unknown.
REJECTED = pa.table({"raw_origin": ["EWR", "XNA"], "raw_carrier": ["ZW", "UA"], "reason": ["unknown_airport"] * 2})


def commit(dataset: str, partition: str, rows: list[dict], rejected: pa.Table | None = None, raw: str = "raw") -> None:
    """Commit and validate rows, with the current lookups of the dataset. ``raw``: the digest of the raw file."""
    staging = lake.staging_dir(dataset)
    produced = {"clean": pa.Table.from_pylist(rows, DATASETS[dataset].arrow_schema()), "rejected": rejected}
    for name, table in produced.items():
        if table:
            pa.parquet.write_table(table, staging / f"{name}.parquet")
    bad = len(rejected) if rejected else 0
    committed = lake.CleanPartition(
        *(dataset, partition, raw, "job", len(rows) + bad, len(rows), bad),
        quarantined_by_reason={"unknown_airport": bad} if bad else {},
    )
    lake.commit_clean(
        committed,
        list(staging.glob("clean.parquet")),
        list(staging.glob("rejected.parquet")),
        looked_up=lake.current_lookups(dataset),
    )
    staging.rmdir()
    lake.mark_validated(committed)


def airports(*removed: str, **zones: str) -> None:
    """Commit the airports without those ``removed``; ``zones``: the time zones of airports to change or add."""
    rows = tiny_lake.good_rows()["airports", ALL]
    airports = {row["airport_code"]: row for row in rows if row["airport_code"] not in removed}
    for code, zone in zones.items():
        airports[code] = {**rows[0], "airport_code": code, "time_zone": zone}
    commit("airports", ALL, list(airports.values()))


def airlines(*codes: str) -> None:
    """Commit airlines."""
    commit("airlines", ALL, [{"airline_code": code, "airline_name": code} for code in codes])


def flights(partition: str = MONTH, raw: str = "raw") -> None:
    """Commit a month of flights; January has rejected rows too."""
    rows = tiny_lake.good_rows()["flights", partition]
    commit("flights", partition, rows, REJECTED if partition == MONTH else None, raw)


def make() -> None:
    """Commit two months of flights and weather, and the tables that they need."""
    rows = tiny_lake.good_rows()
    for dataset in in_order(tiny_lake.DATASETS_MADE):
        for partition in DATASETS[dataset].partitions([MONTH, NEXT]):
            if dataset == "flights":
                flights(partition)
            else:
                commit(dataset, partition, rows[dataset, partition])


def january() -> Path:
    """The folder of January's flights."""
    return lake.clean_partition_dir("flights", MONTH)


def publish(content: str, dataset: str = "airlines", partition: str = ALL) -> None:
    """Make the folder publisher publish a file with one row."""
    file = settings.source_dir / dataset / f"{partition}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"carrier,name\n{content}\n")


def raw_manifest(dataset: str = "airlines", partition: str = ALL) -> Path:
    return lake.raw_partition_dir(dataset, partition) / "manifest.json"


def raw_contents(dataset: str = "airlines", partition: str = ALL) -> list[str]:
    """The second line of each raw version that the manifest names, the current one last."""
    folder = lake.raw_partition_dir(dataset, partition)
    versions = json.loads(raw_manifest(dataset, partition).read_text())["versions"]
    return [(folder / version["file_name"]).read_text().splitlines()[1] for version in versions]


def january_as_read() -> tuple[int, int, bool]:
    """Clean rows, rejected rows, and whether the gate has passed; the files must be those that were committed."""
    manifest = lake.clean_partition("flights", MONTH)
    assert manifest and manifest.damages() == []
    clean, rejected = (
        sum(pa.parquet.read_metadata(file).num_rows for file in folder.glob("*.parquet"))
        for folder in (january(), lake.quarantine_partition_dir("flights", MONTH))
    )
    assert (manifest.rows_clean, manifest.rows_quarantined) == (clean, rejected)
    return clean, rejected, manifest.is_validated
