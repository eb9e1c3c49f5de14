"""What may be published when somebody opens the dashboard: six states, each in an empty data directory."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ml import asking
from ml.features.catalog import NAMES
from ml.registry import champion, store
from ontime import lake, ledger, warehouse
from ontime.contract import Column, Dataset
from ontime.datasets import DATASETS
from ontime.settings import settings
from tests.dashboard import made
from tests.insight import test_model as figures
from tests.ontime.test_ledger import CLEAN

CARD = {
    "version": "m1",
    "candidate": "lightgbm",
    "features": [{"name": name} for name in NAMES],
    "flights": {"train": 1000, "validation": 100, "test": 200},
    "base_rate": {"train": 0.24, "validation": 0.18, "test": 0.26},
    "split": {"test_start": "2013-11-01", "test_end": "2013-12-31"},
    "scores": {
        name: {"test": {"roc_auc": auc, "pr_auc": 0.5, "brier": 0.15, "log_loss": 0.48, "calibration_error": error}}
        for name, auc, error in (("base_rate", 0.5, 0.009), ("lightgbm", 0.7605, 0.016))
    },
    "intervals": {"lightgbm": {"roc_auc": [0.736, 0.780]}},
}
PEDESTRIANS = Dataset(
    name="pedestrians",
    title="Pedestrian counts",
    source="made up for a test",
    license="none",
    cadence="month",
    formats={"counts": ("year", "count")},
    columns=(Column("pedestrian_count", "int32", "People.", "people", True),),
    key=("pedestrian_count",),
    dag="pedestrians",
)


def record(suite: str, partition: str, checks: int, *failed: str) -> None:
    """A result as the gate writes it beside its page."""
    folder = settings.data_docs_dir / suite
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "partition": partition,
        "page": f"{suite}/{partition}.html",
        "suite": suite,
        "success": not failed,
        "checks": checks,
        "failed": failed,
        "validated_at": "2026-11-27T10:00:00+00:00",
    }
    (folder / f"{partition}.json").write_text(json.dumps(content))


def clean(dataset: str, partition: str) -> None:
    """A partition with two clean rows and a rejected one."""
    staging = lake.staging_dir(dataset)
    rows = pd.DataFrame({"raw_year": ["2013"], "raw_extra": [None], "reason": ["unknown_airport"]})
    pd.DataFrame({"value": [1, 2]}).to_parquet(staging / "clean.parquet")
    rows.to_parquet(staging / "rejected.parquet")
    cleaned = lake.CleanPartition(dataset, partition, "raw", "job", 3, 2, 1, {"unknown_airport": 1}, "run 1")
    lake.commit_clean(cleaned, [staging / "clean.parquet"], [staging / "rejected.parquet"])


def promote(patch: pytest.MonkeyPatch) -> None:
    """A champion with a card, without its files."""
    promotion = champion.Promotion(1, "2026-01-02T03:04:05+00:00", "better", "")
    patch.setattr(store, "champion_card", lambda: CARD)
    patch.setattr(store, "champion_version", lambda: "m1")
    patch.setattr(store, "verify", lambda version: None)
    patch.setattr(champion, "read", lambda: champion.Champion("m1", "", {"m1": promotion}))


def publish_monitoring(folder: Path, with_alarms: bool = True) -> None:
    """Publish the monitoring tables of the figures' test. Without alarms, no month is worse and nothing has drifted."""
    files = {}
    for name, rows in figures.TABLES.items():
        files[name] = folder / f"{name}.parquet"
        values = rows if with_alarms else rows.replace("'worse'", "'ok'").replace("'drifted'", "'ok'")
        duckdb.sql(f"SELECT * FROM (VALUES {values}").df().to_parquet(files[name])
    warehouse.publish_monitoring(files, "m1")


class Unasked:
    """Replaces :class:`ml.asking.Asking` in tests that ask no question, so it loads nothing."""

    def __init__(self, warehouse_version: str) -> None:
        """Like that of the real one."""

    def close(self) -> None:
        """Like that of the real one."""


def ran(dag: str, run: str, hour: int, state: str = "success") -> None:
    """A run of one task of 12.5 seconds, at an hour of the same day."""
    day = "2026-11-27T"
    times = {"started_at": f"{day}{hour}:00:00.000+00:00", "ended_at": f"{day}{hour}:00:12.500+00:00"}
    ledger.append(replace(CLEAN, dag=dag, run=run, state=state, **times))


def nothing(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """A project that was just downloaded."""


def one_month(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """January 2013 has passed its gates and is published: 837 flights. No model can be trained on it."""
    record("raw.flights", "2013-01", 12)
    record("clean.flights", "2013-01", 30)
    record("marts.months", "candidate", 4)
    clean("flights", "2013-01")
    ran("flights", "manual__1", 10)
    made.publish_flights()


def without_champion(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The year 2013: 9,855 flights with the Bureau's causes. The first training has not ended yet."""
    one_month(patch, folder)
    record("clean.flights", "2013-12", 30)
    ran("flights", "manual__2", 11)
    made.publish_flights(last="2013-12-31", causes=True)


def year(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The same with a champion, its predictions and its monitoring: all is well."""
    without_champion(patch, folder)
    made.publish_predictions(folder)
    publish_monitoring(folder, with_alarms=False)
    promote(patch)
    patch.setattr(asking, "Asking", Unasked)


def failed_gate(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The year; then a cleaned month failed its gate, and so did a candidate of the warehouse."""
    year(patch, folder)
    record("clean.flights", "2013-12", 30, "expect_column_mean_to_be_between is_diverted")
    record("marts.months", "candidate", 4, "expect_table_row_count_to_equal fct_flights")
    ran("warehouse", "asset__3", 12, "failed")


def extra_dataset(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """The year, and a further dataset that no page names: its contract, its gates, its rows and its mart."""
    year(patch, folder)
    patch.setitem(DATASETS, "pedestrians", PEDESTRIANS)
    record("raw.pedestrians", "2013-01", 3)
    record("clean.pedestrians", "2013-01", 5)
    clean("pedestrians", "2013-01")
    ran("pedestrians", "manual__4", 13)
    settings.warehouse_candidate.write_bytes(made._warehouse("2013-01-01", "2013-12-31", True))
    with duckdb.connect(str(settings.warehouse_candidate)) as candidate:
        candidate.execute("CREATE TABLE marts.fct_pedestrians_hourly AS SELECT 7 AS pedestrian_count")
    warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, {"inputs": "pedestrians"})


STATES: dict[str, Callable[[pytest.MonkeyPatch, Path], None]] = {
    "nothing": nothing,
    "one month": one_month,
    "no champion": without_champion,
    "year": year,
    "failed gate": failed_gate,
    "extra dataset": extra_dataset,
}
