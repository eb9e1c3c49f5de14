"""The files that every engine reads and writes."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings


def time_zones() -> dict[str, str]:
    """The IANA time zone of each airport: clean airports and the supplement, which overrides them."""
    with settings.airport_supplement.open(newline="") as lines:
        supplement = {row["airport_code"]: row["time_zone"] for row in csv.DictReader(lines)}
    return {row["airport_code"]: row["time_zone"] for row in _clean_rows("airports")} | supplement


def airline_codes() -> list[str]:
    """The codes of the clean airlines."""
    return [row["airline_code"] for row in _clean_rows("airlines")]


def target(engine: str, month: str) -> Path:
    """The Parquet file that an engine writes for a month. Creates its folder."""
    folder = settings.data_dir / "bench" / engine
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{month}.parquet"


def _clean_rows(dataset: str) -> list[dict[str, Any]]:
    parts = sorted(lake.clean_partition_dir(dataset, ALL).glob("*.parquet"))
    return [row for part in parts for row in pyarrow.parquet.read_table(part).to_pylist()]
