"""Whether what the champion scores is still like what it learned from, and whether it keeps what its card promised.

The reference is the champion's training part. A month's drift is told by two figures:

PSI   population stability index, Σ (a − e) · ln(a / e) over cells, where e and a are the shares of the reference and of
      the month: Jeffreys' divergence. Below 0.1 a month is like the reference, from 0.25 on it is
      another population (N. Siddiqi, Credit Risk Scorecards, Wiley 2006). Cells are the tenths of the reference,
      or the categories, and one for what is not known; half a flight is added to each, so that none is empty.
KS    Kolmogorov and Smirnov's statistic, the largest distance between the two cumulative shares. Numbers only. There
      is no p-value: flights of one day are alike, and with so many of them any difference would be significant.

Performance is told of the months whose flights have arrived. All of it is news: nothing here stops a run.
"""

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
from ml.features.catalog import CATEGORICAL, NAMES
from ml.features.lookups import TARGET
from ml.scoring import delay_probability, months
from ontime.settings import settings

#: From here on a month has shifted, and from there on it has drifted (Siddiqi 2006).
PSI_SHIFTED, PSI_DRIFTED = 0.1, 0.25
#: At some value the share of flights below it differs by so much. PSI sees one month against nine at about the same.
KS_DRIFTED = 0.25
CELLS = 10
EMPTY_CELL_FLIGHTS = 0.5

#: A month is never like a year in these: they are reported, but do not make a month a drifted one.
SEASONAL = ("origin_temperature_celsius", "origin_dew_point_celsius")

#: Which way a score is better.
HIGHER_IS_BETTER = {"roc_auc": True, "pr_auc": True, "brier": False, "log_loss": False, "calibration_error": False}

TABLES = ("feature_drift", "score_drift", "model_performance")
OK, SHIFTED, DRIFTED, WORSE, UNKNOWN = "ok", "shifted", "drifted", "worse", "unknown"


@dataclass(frozen=True)
class Drift:
    """One month of one feature, or of the score: ``ok``, ``shifted``, ``drifted``, or ``unknown`` without a reference.

    ``ks`` is NaN for categories, and where no value is known.
    """

    month: str
    flights: int
    psi: float
    ks: float
    status: str


@dataclass(frozen=True)
class Performance:
    """One score of one month beside what the card promised: its value on the test part, and both intervals by day.

    ``part`` is what the champion's training had seen of the month: ``validation`` (it chose the candidate), ``test``,
    or nothing (``new``). A month without labels, or with only one kind of them, has no scores: NaN.
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
    """What is published of a champion, by table.

    ``features_file`` has the flights of the training part and of every month scored; ``predictions_file`` is
    the published one. Figures are to six places.
    """
    predictions = read_predictions(predictions_file, features_file)
    found = {
        "feature_drift": feature_drift(features_file, card["split"]),
        "score_drift": score_drift(model, features_file, predictions, card["split"]),
        "model_performance": performance(predictions, card),
    }
    return {name: table.assign(model_version=card["version"]).round(6) for name, table in found.items()}


def feature_drift(features_file: Path, split: dict[str, Any]) -> pd.DataFrame:
    """Every feature in every month since the training part: ``feature``, ``is_seasonal`` and the fields of Drift.

    One column is read at a time, so the memory needed is that of one.
    """
    dates = pd.read_parquet(features_file, columns=["flight_date"])["flight_date"]
    reference, new = _members(dates, split)
    rows = []
    for name in NAMES:
        values = pd.read_parquet(features_file, columns=[name])[name]
        for month, members in new.items():
            found = drift(month, values[reference], values[members], is_category=name in CATEGORICAL)
            rows.append({"feature": name, "is_seasonal": name in SEASONAL, **asdict(found)})
    return pd.DataFrame(rows)


def score_drift(model: Any, features_file: Path, predictions: pd.DataFrame, split: dict[str, Any]) -> pd.DataFrame:
    """The champion's probabilities in every month, against those of its training flights.

    Of these it is a little too sure: it has learned them.
    """
    learned = months(features_file, pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"]))
    reference = pd.Series(np.concatenate([[], *(delay_probability(model, flights) for flights in learned)]))
    rows = []
    for month, flights in predictions.groupby("month"):
        found = drift(str(month), reference, flights["delay_probability"])
        means = {"mean_probability": flights["delay_probability"].mean(), "reference_mean": reference.mean()}
        rows.append({**asdict(found), **means})
    return pd.DataFrame(rows)


def drift(month: str, reference: pd.Series, values: pd.Series, is_category: bool = False) -> Drift:
    """One month's values against the reference's."""
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
    """The index of two counts of flights by cell, as the module's docstring has it."""
    in_use = expected + actual > 0
    e, a = (counts[in_use] + EMPTY_CELL_FLIGHTS for counts in (expected, actual))
    e, a = e / e.sum(), a / a.sum()
    return float(np.sum((a - e) * np.log(a / e)))


def performance(predictions: pd.DataFrame, card: dict[str, Any]) -> pd.DataFrame:
    """The fields of :class:`Performance`: five scores of every month.

    ``predictions``: ``month``, ``flight_date``, ``delay_probability`` and the label, missing where none has come.
    """
    return pd.DataFrame(
        [
            asdict(one)
            for month, flights in predictions.groupby("month")
            for one in _performance(str(month), flights, card)
        ]
    )


def read_predictions(predictions_file: Path, features_file: Path) -> pd.DataFrame:
    """The published predictions with their day, month and label, in order of day and key."""
    with duckdb.connect(str(predictions_file), read_only=True, config=settings.duckdb_config) as connection:
        found = connection.execute(
            f"""
            SELECT strftime(flight_date, '%Y-%m') AS month, flight_date, delay_probability, {TARGET}
            FROM ml.flight_delay_predictions JOIN read_parquet(?) USING (flight_key)
            ORDER BY flight_date, flight_key
            """,  # noqa: S608 -- a column's name
            [str(features_file)],
        ).df()
    return found.astype({TARGET: "boolean"})


def breaches(tables: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Month → what has drifted or got worse in it, in words; every month that was looked at is there."""
    told: dict[str, list[str]] = {month: [] for month in tables["score_drift"]["month"]}
    for row in tables["feature_drift"].query("status == @DRIFTED and not is_seasonal").to_dict("records"):
        told[row["month"]].append(f"feature {row['feature']}: {_drift_in_words(row)}")
    for row in tables["score_drift"].query("status == @DRIFTED").to_dict("records"):
        told[row["month"]].append(f"score: {_drift_in_words(row)}")
    for row in tables["model_performance"].query("status == @WORSE").to_dict("records"):
        found = f"{row['value']:.3f} [{row['value_low']:.3f}, {row['value_high']:.3f}]"
        promised = f"{row['promised']:.3f} [{row['promised_low']:.3f}, {row['promised_high']:.3f}]"
        told[row["month"]].append(f"performance {row['score']}: {found}, promised {promised}")
    return told


def _drift_in_words(row: Mapping[Hashable, Any]) -> str:
    return f"PSI {row['psi']:.2f}" + ("" if pd.isna(row["ks"]) else f", KS {row['ks']:.2f}")


def _members(dates: pd.Series, split: dict[str, Any]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which flights are the training part, and which are each month's after it."""
    start, end = pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"])
    later, month = (dates >= end).to_numpy(), dates.dt.to_period("M").array
    new = {str(one): later & (month == one) for one in sorted(month[later].unique())}
    return dates.between(start, end, inclusive="left").to_numpy(), new


def _counts(values: pd.Series, edges: np.ndarray) -> np.ndarray:
    """Flights by cell: up to each edge (a tenth that is all one value is a cell), above the last, not known."""
    known = values.dropna()
    cells = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(cells, len(values) - len(known))


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
        low, high = card["intervals"][card["candidate"]][score]
        now_low, now_high = intervals.get(score, (math.nan, math.nan))
        is_worse = now_high < low if is_higher_better else now_low > high
        yield Performance(
            month=month,
            part=_part(flights["flight_date"].min(), card["split"]),
            flights=len(flights),
            labelled=len(arrived),
            base_rate=float(labels.mean()) if len(labels) else math.nan,
            score=score,
            value=values.get(score, math.nan),
            value_low=now_low,
            value_high=now_high,
            promised=promised,
            promised_low=low,
            promised_high=high,
            status=WORSE if is_worse else OK,
        )


def _part(day: pd.Timestamp, split: dict[str, Any]) -> str:
    """The part of the champion's split that a day belongs to."""
    if day < pd.Timestamp(split["test_start"]):
        return "validation"
    return "test" if day <= pd.Timestamp(split["test_end"]) else "new"
