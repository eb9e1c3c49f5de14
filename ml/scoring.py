"""A model's probabilities for given flights, in the shape that is published."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from ml.features.catalog import NAMES


@cache
def _threads() -> ThreadpoolController:
    """The libraries that have threads of their own; to look for them takes longer than to score a flight."""
    return ThreadpoolController()


class OtherFeatures(ValueError):
    """A model was made for other features than the code computes now."""


def delay_probability(model: Any, flights: pd.DataFrame) -> np.ndarray:
    """The probability that each flight, if it arrives, arrives 15 minutes late or more."""
    with _threads().limit(limits=1):
        return model.predict_proba(flights[NAMES])[:, 1]


def score(model: Any, card: dict[str, Any], flights: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``ml.flight_delay_predictions``: one for every scheduled flight given.

    Cancelled and diverted flights are scored too: nobody knows two hours before. The same
    model gives the same rows for the same flights, and so the same file: ``scored_at`` is
    when the model learned what it says.
    """
    return pd.DataFrame(
        {
            "flight_key": flights["flight_key"].to_numpy(),
            "delay_probability": delay_probability(model, flights),
            "model_version": card["version"],
            "scored_at": pd.Timestamp(datetime.fromisoformat(card["trained_at"])),
        }
    )


def score_new_months(model: Any, card: dict[str, Any], features_file: Path, target: Path) -> int:
    """Write the rows of every flight after those that the model learned from into a Parquet file; how many.

    Raises :class:`OtherFeatures`.
    """
    check_features(card)
    rows = 0
    with pa.parquet.ParquetWriter(target, _SCHEMA) as file:
        for flights in months(features_file, pd.Timestamp(card["split"]["validation_start"])):
            scored = score(model, card, flights)
            file.write_table(pa.Table.from_pandas(scored, _SCHEMA, preserve_index=False))
            rows += len(scored)
    return rows


def months(features_file: Path, first: pd.Timestamp, before: pd.Timestamp | None = None) -> Iterator[pd.DataFrame]:
    """The flights from a day on, and before another, a month at a time: years of them need the memory of one."""
    dates = pd.read_parquet(features_file, columns=["flight_date"])["flight_date"]
    until = before or dates.max() + pd.Timedelta(days=1)
    for month in sorted(dates[(dates >= first) & (dates < until)].dt.to_period("M").unique()):
        start, end = max(first, month.start_time), min(until, (month + 1).start_time)
        yield pd.read_parquet(features_file, filters=[("flight_date", ">=", start), ("flight_date", "<", end)])


def check_features(card: dict[str, Any]) -> None:
    """Raise :class:`OtherFeatures` unless the model was made for the features of now."""
    if [feature["name"] for feature in card["features"]] != NAMES:
        raise OtherFeatures(
            f"Model {card['version']} was made for other features than this code computes. Make one of now the "
            "champion (python -m ml.registry.store history, then promote VERSION), or go back to its code."
        )


_SCHEMA = pa.schema(
    [
        ("flight_key", pa.string()),
        ("delay_probability", pa.float64()),
        ("model_version", pa.string()),
        ("scored_at", pa.timestamp("us", tz="UTC")),
    ]
)
