"""Monitoring: do scored months still look like the training part, and does the champion score as its card says?

The reference is the champion's training part. Two figures measure a month's drift from it:

PSI   population stability index, Σ (a − e) · ln(a / e) over cells, where e and a are the shares of the reference and of
      the month in a cell (Jeffreys' divergence). Below 0.1 the month is like the reference, from 0.25 on it is another
      population (N. Siddiqi, Credit Risk Scorecards, Wiley 2006). The cells are the deciles of the reference, or the
      categories, plus one for missing values. Half a flight is added to each cell, so that none is empty.
KS    Kolmogorov-Smirnov statistic, the largest distance between the two cumulative shares; for numbers only. We compute
      no p-value: flights of one day are alike and there are many of them, so any difference would be significant.

Performance is computed for flights that have arrived. Drift is reported; it never stops a run.
"""

import glob
import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from ml.evaluation import metrics
from ml.evaluation.uncertainty import DayBootstrap
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.scoring import delay_probability, months
from ontime.settings import settings

#: PSI from which a month counts as shifted, and from which as drifted (Siddiqi 2006).
PSI_SHIFTED, PSI_DRIFTED = 0.1, 0.25
#: KS from which a month counts as drifted: at some value, the shares of flights below it differ by this much. One month
#: against nine months usually reaches it together with PSI 0.25.
KS_DRIFTED = 0.25
CELLS = 10
EMPTY_CELL_FLIGHTS = 0.5

#: Features that follow the season, so that one month always differs from a year. Their drift is reported but does not
#: mark the month as drifted.
SEASONAL = ("origin_temperature_celsius", "origin_dew_point_celsius")

#: Whether a higher value of a score is better.
HIGHER_IS_BETTER = {"roc_auc": True, "pr_auc": True, "brier": False, "log_loss": False, "calibration_error": False}

TABLES = ("feature_drift", "score_drift", "model_performance")
OK, SHIFTED, DRIFTED, WORSE, UNKNOWN = "ok", "shifted", "drifted", "worse", "unknown"


@dataclass(frozen=True)
class Drift:
    """The drift of one feature, or of the score, in one month.

    ``status``: ``ok``, ``shifted``, ``drifted``, or ``unknown`` without a reference. ``ks`` is NaN for categories and
    where all values are missing.
    """

    month: str
    flights: int
    psi: float
    ks: float
    status: str


@dataclass(frozen=True)
class Performance:
    """One score of one month next to the test score on the model card, both with their intervals by day.

    ``part`` says what the champion's training used the month for: ``validation`` (to choose the candidate), ``test``,
    or nothing (``new``). ``promised`` is the test score on the card. A month without labels, or with equal labels
    only, has no scores (NaN).
    """

    month: str
    part: str
    flights: int
    labelled: int
    base_rate: float
    score: str
    value: float
    value_low: float
    value_high: float
    promised: float
    promised_low: float
    promised_high: float
    status: str


def tables(model: Any, card: dict[str, Any], features_file: Path, predictions_file: Path) -> dict[str, pd.DataFrame]:
    """The tables to publish for a champion, by name (``TABLES``); numbers are rounded to six places.

    ``features_file``: features of the training part and of every scored month. ``predictions_file``: the published
    predictions.
    """
    predictions = read_predictions(predictions_file, features_file)
    by_name = {
        "feature_drift": feature_drift(features_file, card["split"]),
        "score_drift": score_drift(model, features_file, predictions, card["split"]),
        "model_performance": performance(predictions, card),
    }
    return {name: table.assign(model_version=card["version"]).round(6) for name, table in by_name.items()}


def feature_drift(features_file: Path, split: dict[str, Any]) -> pd.DataFrame:
    """Drift of every feature in every month after the training part.

    Columns: ``feature``, ``is_seasonal`` and the fields of :class:`Drift`. Reads one feature at a time to save memory.
    """
    dates = pd.read_parquet(features_file, columns=["flight_date"])["flight_date"]
    in_reference, in_month = _masks(dates, split)
    rows = []
    for name in NAMES:
        values = pd.read_parquet(features_file, columns=[name])[name]
        for month, mask in in_month.items():
            feature = drift(month, values[in_reference], values[mask], is_category=name in CATEGORICAL)
            rows.append({"feature": name, "is_seasonal": name in SEASONAL, **asdict(feature)})
    return pd.DataFrame(rows)


def score_drift(model: Any, features_file: Path, predictions: pd.DataFrame, split: dict[str, Any]) -> pd.DataFrame:
    """Drift of the champion's probabilities in every month, against its probabilities for its training flights.

    The model has seen the labels of its training flights, so the reference is slightly too confident. Columns: the
    fields of :class:`Drift`, ``mean_probability`` and ``reference_mean``.
    """
    training = months(features_file, pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"]))
    reference = pd.Series(np.concatenate([[], *(delay_probability(model, flights) for flights in training)]))
    rows = []
    for month, flights in predictions.groupby("month"):
        score = drift(str(month), reference, flights["delay_probability"])
        means = {"mean_probability": flights["delay_probability"].mean(), "reference_mean": reference.mean()}
        rows.append({**asdict(score), **means})
    return pd.DataFrame(rows)


def drift(month: str, reference: pd.Series, values: pd.Series, is_category: bool = False) -> Drift:
    """The drift of one month's values from the values of the reference."""
    if reference.empty:
        return Drift(month, len(values), math.nan, math.nan, UNKNOWN)
    if is_category:
        cells = pd.concat([reference.value_counts(dropna=False), values.value_counts(dropna=False)], axis=1).fillna(0)
        expected, actual, ks = cells.iloc[:, 0].to_numpy(), cells.iloc[:, 1].to_numpy(), math.nan
    else:
        edges = np.unique(reference.dropna().quantile(np.arange(1, CELLS) / CELLS))
        expected, actual = _counts(reference, edges), _counts(values, edges)
        ks = _ks(reference.dropna(), values.dropna())
    psi = population_stability_index(expected, actual)
    status = DRIFTED if psi >= PSI_DRIFTED or ks >= KS_DRIFTED else SHIFTED if psi >= PSI_SHIFTED else OK
    return Drift(month, len(values), psi, ks, status)


def population_stability_index(expected: np.ndarray, actual: np.ndarray) -> float:
    """PSI (formula in the module docstring) of two arrays of flight counts, one entry per cell."""
    in_use = expected + actual > 0
    e, a = (counts[in_use] + EMPTY_CELL_FLIGHTS for counts in (expected, actual))
    e, a = e / e.sum(), a / a.sum()
    return float(np.sum((a - e) * np.log(a / e)))


def performance(predictions: pd.DataFrame, card: dict[str, Any]) -> pd.DataFrame:
    """The five scores of every month: one row per month and score, with the fields of :class:`Performance`.

    ``predictions``: ``month``, ``flight_date``, ``delay_probability`` and the label (missing if not arrived).
    """
    return pd.DataFrame(
        [
            asdict(row)
            for month, flights in predictions.groupby("month")
            for row in _performance(str(month), flights, card)
        ]
    )


def read_predictions(predictions_file: Path, features_file: Path) -> pd.DataFrame:
    """The published predictions with ``month``, ``flight_date`` and label, sorted by date and key."""
    with duckdb.connect(str(predictions_file), read_only=True, config=settings.duckdb_config) as connection:
        predictions = connection.execute(
            f"""
            SELECT strftime(flight_date, '%Y-%m') AS month, flight_date, delay_probability, {TARGET}
            FROM ml.flight_delay_predictions JOIN read_parquet(?) USING (flight_key)
            ORDER BY flight_date, flight_key
            """,  # noqa: S608 -- a column's name
            [glob.escape(str(features_file))],
        ).df()
    return predictions.astype({TARGET: "boolean"})


def breaches(tables: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Month → messages about what drifted or got worse in it; every monitored month is a key, even without messages."""
    messages: dict[str, list[str]] = {month: [] for month in tables["score_drift"]["month"]}
    for row in tables["feature_drift"].query("status == @DRIFTED and not is_seasonal").to_dict("records"):
        messages[row["month"]].append(f"feature {row['feature']}: {_drift_message(row)}")
    for row in tables["score_drift"].query("status == @DRIFTED").to_dict("records"):
        messages[row["month"]].append(f"score: {_drift_message(row)}")
    for row in tables["model_performance"].query("status == @WORSE").to_dict("records"):
        value = f"{row['value']:.3f} [{row['value_low']:.3f}, {row['value_high']:.3f}]"
        promised = f"{row['promised']:.3f} [{row['promised_low']:.3f}, {row['promised_high']:.3f}]"
        messages[row["month"]].append(f"performance {row['score']}: {value}, promised {promised}")
    return messages


def _drift_message(row: Mapping[Hashable, Any]) -> str:
    return f"PSI {row['psi']:.2f}" + ("" if pd.isna(row["ks"]) else f", KS {row['ks']:.2f}")


def _masks(dates: pd.Series, split: dict[str, Any]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Boolean masks over flights: the training part, and each month after it."""
    start, end = pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"])
    is_later, month = (dates >= end).to_numpy(), dates.dt.to_period("M").array
    in_month = {str(one): is_later & (month == one) for one in sorted(month[is_later].unique())}
    return dates.between(start, end, inclusive="left").to_numpy(), in_month


def _counts(values: pd.Series, edges: np.ndarray) -> np.ndarray:
    """Flights per cell: up to each edge, above the last edge, missing. Equal deciles form one cell."""
    present = values.dropna()
    cells = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
    return np.append(cells, len(values) - len(present))


def _ks(reference: pd.Series, values: pd.Series) -> float:
    if reference.empty or values.empty:
        return math.nan
    return float(ks_2samp(reference, values, method="asymp").statistic)


def _performance(month: str, flights: pd.DataFrame, card: dict[str, Any]) -> Iterator[Performance]:
    arrived = flights[flights[TARGET].notna()]
    labels, probability = arrived[TARGET].to_numpy(dtype=bool), arrived["delay_probability"].to_numpy()
    values: dict[str, float] = {}
    intervals: dict[str, list[float]] = {}
    if len(np.unique(labels)) == 2:
        values = asdict(metrics.score(labels, probability))
        intervals = metrics.intervals(labels, probability, DayBootstrap(arrived["flight_date"]))
    for score, is_higher_better in HIGHER_IS_BETTER.items():
        promised = card["scores"][card["candidate"]]["test"][score]
        promised_low, promised_high = card["intervals"][card["candidate"]][score]
        low, high = intervals.get(score, (math.nan, math.nan))
        is_worse = high < promised_low if is_higher_better else low > promised_high
        yield Performance(
            month=month,
            part=_part(flights["flight_date"].min(), card["split"]),
            flights=len(flights),
            labelled=len(arrived),
            base_rate=float(labels.mean()) if len(labels) else math.nan,
            score=score,
            value=values.get(score, math.nan),
            value_low=low,
            value_high=high,
            promised=promised,
            promised_low=promised_low,
            promised_high=promised_high,
            status=WORSE if is_worse else OK,
        )


def _part(day: pd.Timestamp, split: dict[str, Any]) -> str:
    """The part of the champion's split that a day belongs to; ``new`` after its test part."""
    if day < pd.Timestamp(split["test_start"]):
        return "validation"
    return "test" if day <= pd.Timestamp(split["test_end"]) else "new"
