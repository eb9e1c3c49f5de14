"""What every engine reads and writes."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings


def time_zones() -> dict[str, str]:
    """Every known airport and its IANA zone: the clean airports, and the supplement, which prevails."""
    with settings.airport_supplement.open(newline="") as lines:
        supplement = {row["airport_code"]: row["time_zone"] for row in csv.DictReader(lines)}
    return {row["airport_code"]: row["time_zone"] for row in _clean_rows("airports")} | supplement


def airline_codes() -> list[str]:
    """Every known airline."""
    return [row["airline_code"] for row in _clean_rows("airlines")]


def target(engine: str, month: str) -> Path:
    """The Parquet file that an engine writes for a month; its folder is made."""
    folder = settings.data_dir / "bench" / engine
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{month}.parquet"


def _clean_rows(dataset: str) -> list[dict[str, Any]]:
    files = sorted(lake.clean_partition_dir(dataset, ALL).glob("*.parquet"))
    return [row for file in files for row in pyarrow.parquet.read_table(file).to_pylist()]
