"""Delay probabilities of a model, and the predictions that are published."""

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


class OtherFeatures(ValueError):
    """A model was trained on features that differ from those that the code computes now."""


@cache
def _threads() -> ThreadpoolController:
    """The thread pools of the numerical libraries. Cached, because searching for them takes longer than one score."""
    return ThreadpoolController()


def delay_probability(model: Any, flights: pd.DataFrame) -> np.ndarray:
    """The probability that each flight arrives 15 or more minutes late, given that it arrives.

    ``flights``: one row per flight, with the columns ``ml.features.catalog.NAMES``.
    """
    with _threads().limit(limits=1):
        return model.predict_proba(flights[NAMES])[:, 1]


def score(model: Any, card: dict[str, Any], flights: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``ml.flight_delay_predictions``: one per scheduled flight.

    Cancelled and diverted flights are scored too, because two hours before departure nobody knows about that.
    ``scored_at`` is the time of training, so the same model and flights always give the same bytes.
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
    """Score every flight after the model's training part, and write the rows to ``target`` as Parquet.

    Returns the number of rows. Raises :class:`OtherFeatures`.
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
    """Yields the flights of one month at a time, from the day ``first`` to the day before ``before`` or to the end.

    So years of flights need the memory of one month.
    """
    dates = pd.read_parquet(features_file, columns=["flight_date"])["flight_date"]
    until = before or dates.max() + pd.Timedelta(days=1)
    for month in sorted(dates[(dates >= first) & (dates < until)].dt.to_period("M").unique()):
        start, end = max(first, month.start_time), min(until, (month + 1).start_time)
        yield pd.read_parquet(features_file, filters=[("flight_date", ">=", start), ("flight_date", "<", end)])


def check_features(card: dict[str, Any]) -> None:
    """Raise :class:`OtherFeatures` unless the model was trained on the features that the code computes now."""
    if [feature["name"] for feature in card["features"]] != NAMES:
        raise OtherFeatures(
            f"Model {card['version']} was trained on other features than this code computes. Promote a version that "
            "was trained on these (`ontime model history`, then `ontime model promote VERSION`), or go back to the "
            "code of that model."
        )


_SCHEMA = pa.schema(
    [
        ("flight_key", pa.string()),
        ("delay_probability", pa.float64()),
        ("model_version", pa.string()),
        ("scored_at", pa.timestamp("us", tz="UTC")),
    ]
)
