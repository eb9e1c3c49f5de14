"""Live publishers' files through the frame of the jobs: read as they are written, committed, every row counted."""

from pathlib import Path

import pyarrow.parquet
import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.datasets.aircraft import FORMATS as AIRCRAFT
from spark_jobs.engine import partitions

pytestmark = pytest.mark.more

PUBLISHED = Path(__file__).parents[1] / "published"
FAA = b"""\
14511,2024,3930916,AIRBUS S A S,A321-271NX,5,5,02,246,0000
1GL,1999,0000002,SCHEMPP-HIRTH,DISCUS,1,0,00,001,0000
"""

FILES = {
    # dataset: (partition, the file, its format's columns, rows clean, rows by reason)
    "airports": (
        ALL,
        (PUBLISHED / "airports.csv").read_bytes(),
        None,
        3,
        {"out_of_scope": 3},
    ),
    "aircraft": (ALL, ",".join(AIRCRAFT["faa"]).encode() + b"\n" + FAA, AIRCRAFT["faa"], 1, {"out_of_scope": 1}),
}


@pytest.mark.parametrize("dataset", FILES)
def test_a_published_file_is_committed_whole(spark, lake_dir, tmp_path, dataset):
    partition, content, columns, rows_clean, reasons = FILES[dataset]
    fetched = tmp_path / "fetched.csv"
    fetched.write_bytes(content)
    raw = lake.store_raw(dataset, partition, fetched, "test")

    (cleaned,) = partitions.clean(dataset, [partition], lambda _: spark)

    assert (cleaned.rows_raw, cleaned.rows_clean) == (raw.row_count, rows_clean)
    assert (cleaned.quarantined_by_reason, cleaned.rows_wrong) == (reasons, 0)
    (file,) = lake.quarantine_partition_dir(dataset, partition).resolve().glob("*.parquet")
    quarantined = pyarrow.parquet.read_table(file)
    if columns:
        assert quarantined.column_names == [*(f"raw_{name}" for name in columns), "malformed_line", "reason"]
