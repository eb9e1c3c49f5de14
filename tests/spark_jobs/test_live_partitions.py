"""Live publishers' files through the frame of the jobs: read as they are written, committed, every row counted."""

import gzip
from pathlib import Path

import pyarrow.parquet
import pytest

from ontime import lake
from ontime.sources.aircraft import FORMATS as AIRCRAFT
from ontime.sources.weather import FORMATS as WEATHER
from spark_jobs import partitions

PUBLISHED = Path(__file__).parents[1] / "published"
GHCNH = (PUBLISHED / "GHCNh_USW00094789_2025.psv").read_bytes()
FAA = b"""\
14511,2024,3930916,AIRBUS S A S,A321-271NX,5,5,02,246,0000
1GL,1999,0000002,SCHEMPP-HIRTH,DISCUS,1,0,00,001,0000
"""

FILES = {
    # dataset: (partition, the file, its format's columns, rows clean, rows by reason)
    "weather": (
        "2025-01",
        # A quote that nothing closes, and a line that breaks off.
        gzip.compress(GHCNH.replace(b"|MET11512/31/24", b'|"MET11512/31/24') + b"USW00094789|JFK INTL AP|2025-01-31T"),
        WEATHER["ghcnh"],
        8,
        {"malformed_line": 1, "superseded": 7},
    ),
    "airports": (
        lake.ALL,
        (PUBLISHED / "airports.csv").read_bytes(),
        None,
        3,
        {"out_of_scope": 3},
    ),
    "aircraft": (lake.ALL, ",".join(AIRCRAFT["faa"]).encode() + b"\n" + FAA, AIRCRAFT["faa"], 1, {"out_of_scope": 1}),
}


@pytest.mark.parametrize("dataset", FILES)
def test_a_published_file_is_committed_whole(spark, lake_dir, tmp_path, dataset):
    partition, content, columns, rows_clean, reasons = FILES[dataset]
    fetched = tmp_path / "fetched.csv"
    fetched.write_bytes(content)
    raw = lake.store_raw(dataset, partition, fetched, "test")

    (cleaned,) = partitions.clean(dataset, [partition], lambda: spark)

    assert (cleaned.rows_raw, cleaned.rows_clean) == (raw.row_count, rows_clean)
    assert (cleaned.quarantined_by_reason, cleaned.rows_wrong) == (reasons, reasons.get("malformed_line", 0))
    (file,) = lake.quarantine_partition_dir(dataset, partition).resolve().glob("*.parquet")
    quarantined = pyarrow.parquet.read_table(file)
    if columns:
        assert quarantined.column_names == [*(f"raw_{name}" for name in columns), "malformed_line", "reason"]
    if dataset == "weather":
        clean = pyarrow.parquet.read_table(sorted(cleaned.path.glob("*.parquet"))[0])
        assert clean["temperature_celsius"].to_pylist() == [10.0, 10.6, 10.0, 10.6, 9.4, 8.9, 7.2, 8.3]
