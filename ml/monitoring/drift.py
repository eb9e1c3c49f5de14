"""Drift: do the features, and the champion's probabilities, still look like its training part?

Three measures compare the flights of a month with those of the training part:

``psi``            population stability index, Σ (a − e) · ln(a / e) over cells, where e and a are the shares of the
                   training part and of the month in a cell (N. Siddiqi, Credit Risk Scorecards, Wiley 2006). The cells
                   are the categories, or the deciles of the training part, plus one for missing values. A value that
                   more than a tenth of the flights have is a cell of its own, and the deciles are those of the rest:
                   most hours have no rain, and without this rule all rain would be one cell. Half a flight is added to
                   each cell, so that none is empty.
``missing_share``  share of the month's flights without a value.
``unseen_share``   share of the month's flights whose value the training part never had: a number outside its range,
                   or another category. This measure detects temperatures in degrees Fahrenheit in every season.

What is ordinary differs by feature: weather changes from month to month, a timetable hardly does. So every feature has
its own limits. Each month of the training part is compared with the other months of it; the largest value is the
*ordinary* one. The first month is left out, because at the start of the data histories are still empty. A month has
``shifted`` above the ordinary value and ``drifted`` from ``FACTOR`` times that value on.

The back-test (``tests/ml/test_monitoring_year.py``, figures in ``docs/reference/model.md``): limits from nine or eleven
months of 2013, checked on the others. Only July drifts from a training part without a summer.

There is no p-value: flights of one day are alike and there are many, so any difference would be significant.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.features.catalog import CATEGORICAL, NAMES
from ml.scoring import delay_probability, months

MEASURES = ("psi", "missing_share", "unseen_share")
#: How many times the ordinary value is a drift.
FACTOR = 3
#: An ordinary value counts as at least this much; three times 0.035 is about Siddiqi's 0.1, "no significant change".
SMALLEST = {"psi": 0.035, "missing_share": 0.015, "unseen_share": 0.01}
#: With fewer months of training nothing is known about the seasons: after eight months, September 2013 has drifted.
MONTHS_NEEDED = 9
CELLS = 10
EMPTY_CELL_FLIGHTS = 0.5

OK, SHIFTED, DRIFTED, UNKNOWN = "ok", "shifted", "drifted", "unknown"


def feature_drift(features_file: Path, split: Mapping[str, Any]) -> pd.DataFrame:
    """Drift of every feature in every month after the training part: columns ``feature`` and those of :func:`drift`.

    Reads one feature at a time to save memory.
    """
    dates = pd.read_parquet(features_file, columns=["flight_date"])["flight_date"]
    month = dates.dt.strftime("%Y-%m")
    is_training, is_later = in_training(dates, split), (dates >= pd.Timestamp(split["validation_start"])).to_numpy()
    tables = []
    for name in NAMES:
        values = pd.read_parquet(features_file, columns=[name])[name]
        training, later = (values[part].groupby(month[part].to_numpy()) for part in (is_training, is_later))
        table = drift(dict(iter(training)), dict(iter(later)), is_category=name in CATEGORICAL)
        tables.append(table.assign(feature=name))
    return pd.concat(tables, ignore_index=True)


def score_drift(model: Any, features_file: Path, predictions: pd.DataFrame, split: Mapping[str, Any]) -> pd.DataFrame:
    """Drift of the champion's probabilities in every month, against its probabilities for its training flights.

    The model has seen the labels of its training flights, so the reference is slightly too confident. Columns: those
    of :func:`drift`, ``mean_probability`` and ``reference_mean``.
    """
    training = months(features_file, pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"]))
    reference = {
        f"{flights['flight_date'].iloc[0]:%Y-%m}": pd.Series(delay_probability(model, flights)) for flights in training
    }
    later = {str(month): values for month, values in predictions.groupby("month")["delay_probability"]}
    table = drift(reference, later)
    reference_mean = pd.concat(reference.values()).mean() if reference else math.nan
    means = [values.mean() for values in later.values()]
    return table.assign(mean_probability=means, reference_mean=reference_mean)


def drift(training: Mapping[str, pd.Series], later: Mapping[str, pd.Series], is_category: bool = False) -> pd.DataFrame:
    """The drift of the values in later months from those in the months of the training part.

    One row per later month: ``month``, ``flights``, the three measures, ``<measure>_limit`` from which the month has
    drifted, and ``status``: ``ok``, ``shifted``, ``drifted``, or ``unknown`` without enough months of training
    (limits and, without any, measures are then missing).
    """
    flights = _Flights(training, later, is_category)
    ordinary = _ordinary(flights, sorted(training))
    rows = []
    for month, values in later.items():
        measured = flights.measures(month, list(training))
        limits = {f"{name}_limit": FACTOR * ordinary[name] for name in MEASURES}
        row = {"month": month, "flights": len(values), **measured, **limits}
        rows.append({**row, "status": _status(measured, ordinary)})
    return pd.DataFrame(rows)


def population_stability_index(expected: np.ndarray, actual: np.ndarray) -> float:
    """PSI (formula in the module docstring) of two arrays of flight counts, one entry per cell."""
    in_use = expected + actual > 0
    e, a = (counts[in_use] + EMPTY_CELL_FLIGHTS for counts in (expected, actual))
    e, a = e / e.sum(), a / a.sum()
    return float(np.sum((a - e) * np.log(a / e)))


def edges(values: pd.Series) -> np.ndarray:
    """The upper edges of the cells of a number: deciles. A value of more than a tenth of the flights is a cell."""
    present = values.dropna()
    if present.empty:
        return np.array([])
    deciles = np.arange(1, CELLS) / CELLS
    counts = present.value_counts()
    if counts.iloc[0] <= len(present) / CELLS:
        return np.unique(present.quantile(deciles))
    most_frequent = counts.index[0]
    rest = present[present != most_frequent]
    # The edge below the most frequent value: its cell must not hold any other value.
    below = rest[rest < most_frequent].max()
    return np.unique([*rest.quantile(deciles).dropna(), *([] if math.isnan(below) else [below]), most_frequent])


def in_training(dates: pd.Series, split: Mapping[str, Any]) -> np.ndarray:
    """Which dates are in the training part."""
    start, end = pd.Timestamp(split["train_start"]), pd.Timestamp(split["validation_start"])
    return dates.between(start, end, inclusive="left").to_numpy()


class _Flights:
    """One feature of the flights of some months: the values, and how many of them are in each cell."""

    def __init__(self, training: Mapping[str, pd.Series], later: Mapping[str, pd.Series], is_category: bool) -> None:
        self.values, self.is_category = {**training, **later}, is_category
        reference = pd.concat(training.values()) if training else pd.Series(dtype=object if is_category else float)
        self._categories = pd.Index(sorted(reference.dropna().astype(str).unique()) if is_category else [])
        self._edges = np.array([]) if is_category else edges(reference)
        self.counts = {month: self._counts(values) for month, values in self.values.items()}
        self._ranges = {} if is_category else {month: (one.min(), one.max()) for month, one in self.values.items()}

    def measures(self, month: str, others: Sequence[str]) -> dict[str, float]:
        """The measures of a month against other months; NaN without any."""
        if not others:
            return dict.fromkeys(MEASURES, math.nan)
        psi = population_stability_index(np.sum([self.counts[other] for other in others], axis=0), self.counts[month])
        missing_share = float(self.values[month].isna().mean())
        return {"psi": psi, "missing_share": missing_share, "unseen_share": self._unseen_share(month, others)}

    def _unseen_share(self, month: str, others: Sequence[str]) -> float:
        if self.is_category:
            is_unseen = np.sum([self.counts[other] for other in others], axis=0) == 0
            return float(self.counts[month][:-1][is_unseen[:-1]].sum() / len(self.values[month]))
        lowest, highest = (function([self._ranges[other] for other in others], axis=0) for function in _RANGE)
        values = self.values[month]
        return float(((values < lowest[0]) | (values > highest[1])).mean())

    def _counts(self, values: pd.Series) -> np.ndarray:
        """Flights per cell: of numbers, up to each edge and above the last; then another category; then missing."""
        present = values.dropna()
        if self.is_category:
            size = len(self._categories) + 1
            cells = self._categories.get_indexer(present.astype(str)) % size  # -1, another category, is the last
        else:
            size = len(self._edges) + 1
            cells = np.searchsorted(self._edges, present.to_numpy(dtype=float), side="left")
        return np.append(np.bincount(cells, minlength=size), len(values) - len(present))


_RANGE = (np.nanmin, np.nanmax)


def _ordinary(flights: _Flights, training: list[str]) -> dict[str, float]:
    """The largest of each measure between a month of the training part and its other months; NaN with too few."""
    if len(training) < MONTHS_NEEDED:
        return dict.fromkeys(MEASURES, math.nan)
    compared = [flights.measures(month, [other for other in training if other != month]) for month in training[1:]]
    return {name: max(SMALLEST[name], *(one[name] for one in compared)) for name in MEASURES}


def _status(measured: Mapping[str, float], ordinary: Mapping[str, float]) -> str:
    if any(math.isnan(value) for value in ordinary.values()):
        return UNKNOWN
    if any(measured[name] >= FACTOR * ordinary[name] for name in MEASURES):
        return DRIFTED
    return SHIFTED if any(measured[name] > ordinary[name] for name in MEASURES) else OK
