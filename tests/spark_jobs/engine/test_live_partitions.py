"""Files of the live publishers are read and committed, and every row is counted."""

from pathlib import Path

import pyarrow.parquet
import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from spark_jobs.engine import partitions

pytestmark = pytest.mark.more

PUBLISHED = Path(__file__).parents[2] / "published"
FAA_COLUMNS = DATASETS["aircraft"].formats["faa"]
FAA = b"""\
14511,2024,3930916,AIRBUS S A S,A321-271NX,5,5,02,246,0000
1GL,1999,0000002,SCHEMPP-HIRTH,DISCUS,1,0,00,001,0000
"""

FILES = {
    # dataset: (partition, content, columns of the format, clean rows, rejected rows by reason)
    "airports": (
        ALL,
        (PUBLISHED / "airports.csv").read_bytes(),
        None,
        3,
        {"out_of_scope": 3},
    ),
    "aircraft": (ALL, ",".join(FAA_COLUMNS).encode() + b"\n" + FAA, FAA_COLUMNS, 1, {"out_of_scope": 1}),
}


@pytest.mark.parametrize("dataset", FILES)
def test_every_row_of_a_published_file_is_committed(spark, data_dir, tmp_path, dataset):
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
