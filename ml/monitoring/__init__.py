"""Monitoring: do scored months look like the training part, and does the champion score as its test promised?

Drift (:mod:`ml.monitoring.drift`) needs no labels; performance (:mod:`ml.monitoring.performance`) counts flights that
have arrived. Both are reported and never stop a run. :mod:`ml.monitoring.outcomes` has the tables behind the figures.
"""

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ml.evaluation.slices import DIMENSIONS
from ml.features.catalog import TARGET
from ml.monitoring import drift, outcomes, performance
from ml.monitoring.drift import DRIFTED, OK
from ontime.settings import settings

TABLES = ("feature_drift", "score_drift", "model_performance", *(f"model_{name}" for name in outcomes.TYPES))

_DRIFT = (
    "Status `ok`; `shifted`: a measure is above what is ordinary between months of the training part (a third of its "
    "limit); `drifted`: a measure has reached its limit; `unknown`: too few months of training to know."
)
_ARRIVED = "Only flights that have arrived count; part `test` is the test part of the champion, `new` all later months."
#: The comments on the published tables and columns.
DESCRIPTIONS = {
    "feature_drift": f"Each feature of each month, compared with the champion's training part. {_DRIFT}",
    "feature_drift.flights": "Scheduled flights of the month.",
    "feature_drift.psi": "Population stability index against the training part: 0 if both distributions are equal.",
    "feature_drift.missing_share": "Flights without a value, as a share of the month's scheduled flights.",
    "feature_drift.unseen_share": "Flights with a value outside the training part's range, or with a category that it "
    "does not have, as a share of the month's scheduled flights.",
    "score_drift": f"The champion's probabilities of each month, compared with those of its training part. {_DRIFT}",
    "model_performance": "Each score of each month, compared with the champion's test part. Status `ok`; `worse`: the "
    "whole interval lies beyond the interval of the test (for PR-AUC, both that of the lift and that of the value); "
    "`part of the promise`: a month of the validation or test part, which chose or tested the champion and is never "
    "judged; `unknown`: no late or no punctual flight has arrived.",
    "model_performance.labelled": "Flights that have arrived, so that it is clear whether they were late.",
    "model_performance.base_rate": "Flights that arrived 15 or more minutes late, as a share of those that arrived.",
    "model_performance.promised": "The score on the model card, of the test part.",
    "model_performance.judged_as": "`skill`: 1 - score / score of the base rate; `lift`: PR-AUC / base rate; or the "
    "`value` itself. The base rate is the one of the same flights.",
    "model_reliability": f"Late share by probability, in tenths. {_ARRIVED}",
    "model_lift": f"Late flights among those with the highest probabilities. `lift`: their late share / that of all. "
    f"{_ARRIVED}",
    "model_cost": f"Cost per 100 flights of flagging every flight at or above a threshold. {_ARRIVED}",
    "model_slices": f"Mean probability minus late share (`bias`), by airline, origin and hour. {_ARRIVED}",
}


def tables(model: Any, card: dict[str, Any], features_file: Path, predictions_file: Path) -> dict[str, pd.DataFrame]:
    """The tables to publish for a champion, by name (``TABLES``); numbers are rounded to six places.

    ``features_file``: features of the training part and of every scored month. ``predictions_file``: the published
    predictions.
    """
    predictions = read_predictions(predictions_file, features_file)
    by_name = {
        "feature_drift": drift.feature_drift(features_file, card["split"]),
        "score_drift": drift.score_drift(model, features_file, predictions, card["split"]),
        "model_performance": performance.by_month(predictions, card),
        **{f"model_{name}": table for name, table in outcomes.tables(predictions, card).items()},
    }
    return {name: table.assign(model_version=card["version"]).round(6) for name, table in by_name.items()}


def read_predictions(predictions_file: Path, features_file: Path) -> pd.DataFrame:
    """The published predictions with ``month``, ``flight_date``, the label and the columns of the slices.

    They are sorted by date and key.
    """
    columns = ", ".join([TARGET, *DIMENSIONS.values()])
    with duckdb.connect(str(predictions_file), read_only=True, config=settings.duckdb_config) as connection:
        predictions = connection.execute(
            f"""
            SELECT strftime(flight_date, '%Y-%m') AS month, flight_date, delay_probability, {columns}
            FROM ml.flight_delay_predictions JOIN read_parquet(?) USING (flight_key)
            ORDER BY flight_date, flight_key
            """,  # noqa: S608 -- names of columns
            [glob.escape(str(features_file))],
        ).df()
    return predictions.astype({TARGET: "boolean"})


def breaches(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Month → messages about what drifted or got worse in it; every monitored month is a key, even without messages."""
    messages: dict[str, list[str]] = {month: [] for month in tables["score_drift"]["month"]}
    for row in tables["feature_drift"].query("status == 'drifted'").to_dict("records"):
        messages[row["month"]].append(f"feature {row['feature']}: {_drift_message(row)}")
    for row in tables["score_drift"].query("status == 'drifted'").to_dict("records"):
        messages[row["month"]].append(f"score: {_drift_message(row)}")
    for row in tables["model_performance"].query("status == 'worse'").to_dict("records"):
        judged, promised = (_with_interval(row, name) for name in ("judged", "judged_promised"))
        what = row["score"] if row["judged_as"] == performance.VALUE else f"{row['judged_as']} of {row['score']}"
        messages[row["month"]].append(f"performance {what}: {judged}, promised {promised}")
    return messages


def _drift_message(row: Mapping[Any, Any]) -> str:
    """The measures that reached their limits."""
    reached = [name for name in drift.MEASURES if row[name] >= row[f"{name}_limit"]]
    return ", ".join(f"{name.replace('_', ' ')} {row[name]:.2f}, limit {row[f'{name}_limit']:.2f}" for name in reached)


def _with_interval(row: Mapping[Any, Any], name: str) -> str:
    return f"{row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"


__all__ = ["DESCRIPTIONS", "DRIFTED", "OK", "TABLES", "breaches", "read_predictions", "tables"]
