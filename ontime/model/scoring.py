"""A model's probabilities for given flights, in the shape that is published."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ontime.model.features import NAMES


def delay_probability(model: Any, flights: pd.DataFrame) -> np.ndarray:
    """The probability that each flight, if it arrives, arrives 15 minutes late or more."""
    with threadpool_limits(1):
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
