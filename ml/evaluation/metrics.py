"""How a candidate is judged: one split in time, the same scores for all, and a leak alarm."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml.evaluation.uncertainty import DayBootstrap, interval
from ml.features.lookups import TARGET

TEST_MONTHS = 2
VALIDATION_MONTHS = 1
MONTHS_NEEDED = 4

# When there are fewer months:
TEST_SHARE_OF_DAYS = 0.15
VALIDATION_SHARE_OF_DAYS = 0.10
DAYS_NEEDED = 5

CALIBRATION_BINS = 10

#: The leak alarm. What was known two hours before scored 0.76 on November and December 2013; the outcome of
#: even a few flights beyond the cut, or of the flight itself in a mean, scored 0.77 to 0.91 on the same flights.
HIGHEST_HONEST_ROC_AUC = 0.775

#: The same for a model that is asked at the departure, and knows its delay (:mod:`ml.at_departure`).
HIGHEST_ROC_AUC_AT_DEPARTURE = 0.925

#: In stormy months honest scores pass that, but then climatology's, which cannot leak, rises too. The gain on it
#: was 0.15 over these two months; a few test days vary more.
HIGHEST_HONEST_GAIN = {"months": 0.165, "days": 0.30}
YARDSTICK = "climatology"

PARTS = ("train", "validation", "test")
ONE_DAY = timedelta(days=1)


class TooFewFlights(ValueError):
    """The warehouse holds too little to fit and to judge a model."""


class LeakSuspected(ValueError):
    """A candidate scores better than what was known at the cut can explain."""


@dataclass(frozen=True)
class Split:
    """The first day of each part and the last day of all (local flight dates), and the rule that set them."""

    rule: Literal["months", "days"]
    train_start: date
    validation_start: date
    test_start: date
    test_end: date

    def days(self, part: str) -> tuple[pd.Timestamp, pd.Timestamp]:
        """The first and the last day of a part: ``train``, ``validation`` or ``test``."""
        first, last = {
            "train": (self.train_start, self.validation_start - ONE_DAY),
            "validation": (self.validation_start, self.test_start - ONE_DAY),
            "test": (self.test_start, self.test_end),
        }[part]
        return pd.Timestamp(first), pd.Timestamp(last)

    def part(self, name: str, flights: pd.DataFrame) -> pd.DataFrame:
        """The flights of a part."""
        return flights[flights["flight_date"].between(*self.days(name))]


def split_in_time(flights: pd.DataFrame) -> Split:
    """The last two months are the test, the one before them the validation, all before that training.

    With fewer than four months: the last 15 % of the days are the test, the 10 % before
    them the validation (both rounded up). Raises :class:`TooFewFlights` below five days.
    """
    days = [day.date() for day in sorted(pd.to_datetime(flights["flight_date"].unique()))]
    months = sorted({day.replace(day=1) for day in days})
    if len(months) >= MONTHS_NEEDED:
        test_start = months[-TEST_MONTHS]
        return Split("months", days[0], months[-TEST_MONTHS - VALIDATION_MONTHS], test_start, days[-1])
    if len(days) < DAYS_NEEDED:
        raise TooFewFlights(f"A model needs flights of at least {DAYS_NEEDED} days; the warehouse has {len(days)}.")
    test_days = math.ceil(TEST_SHARE_OF_DAYS * len(days))
    validation_days = math.ceil(VALIDATION_SHARE_OF_DAYS * len(days))
    return Split("days", days[0], days[-test_days - validation_days], days[-test_days], days[-1])


def is_delayed(flights: pd.DataFrame) -> np.ndarray:
    """The labels of flights that arrived.

    Raises :class:`TooFewFlights` when all are delayed or none is: nothing to learn or to score.
    """
    labels = flights[TARGET].to_numpy(dtype=bool)
    if len(np.unique(labels)) < 2:
        raise TooFewFlights(f"{len(labels)} flights, all of them delayed or none: too few to fit or score a model.")
    return labels


@dataclass(frozen=True)
class Scores:
    """Higher is better for the first two, lower for the rest."""

    roc_auc: float
    pr_auc: float
    brier: float
    log_loss: float
    calibration_error: float


def score(labels: np.ndarray, probability: np.ndarray) -> Scores:
    """All scores of one candidate on one part, which has delayed flights and others."""
    return Scores(
        roc_auc=float(roc_auc_score(labels, probability)),
        pr_auc=float(average_precision_score(labels, probability)),
        brier=float(brier_score_loss(labels, probability)),
        log_loss=float(log_loss(labels, probability)),
        calibration_error=calibration_error(labels, probability),
    )


def calibration_error(labels: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al., AAAI 2015).

    The mean, weighted by flights, of |mean probability − delayed share| of each bin.
    """
    bins = calibration_bins(probability)
    difference = np.bincount(bins, probability, CALIBRATION_BINS) - np.bincount(bins, labels, CALIBRATION_BINS)
    return float(np.abs(difference).sum() / len(probability))


def calibration_bins(probability: np.ndarray) -> np.ndarray:
    """The bin of each probability, from 0; certainty belongs to the last one."""
    return np.minimum((probability * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)


def intervals(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> dict[str, list[float]]:
    """For each of the scores the ends of its interval, to five places."""
    found = draws(labels, probability, bootstrap)
    return {name: [round(end, 5) for end in interval(values)] for name, values in found.items()}


def draws(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> dict[str, np.ndarray]:
    """Each of the scores in every draw of days."""
    return bootstrap.scores(labels, probability, calibration_bins(probability), CALIBRATION_BINS)


def check_for_leaks(test_roc_auc: Mapping[str, float], split: Split) -> None:
    """Raise :class:`LeakSuspected` if a candidate's test ROC-AUC cannot be had honestly.

    Such a score is above ``HIGHEST_HONEST_ROC_AUC`` and above climatology's by more than
    ``HIGHEST_HONEST_GAIN``.
    """
    limit = max(HIGHEST_HONEST_ROC_AUC, test_roc_auc[YARDSTICK] + HIGHEST_HONEST_GAIN[split.rule])
    _refuse_above(limit, test_roc_auc)


def check_at_departure(test_roc_auc: float) -> None:
    """Raise :class:`LeakSuspected` if no model that knows the departure could honestly have this test ROC-AUC."""
    _refuse_above(HIGHEST_ROC_AUC_AT_DEPARTURE, {"at departure": test_roc_auc})


def _refuse_above(limit: float, test_roc_auc: Mapping[str, float]) -> None:
    suspects = {name: round(value, 3) for name, value in test_roc_auc.items() if value > limit}
    if suspects:
        raise LeakSuspected(
            f"Test ROC-AUC {suspects} is above {limit:.3f}, the most that what was known at the cut can "
            "explain. Some feature knows what happened after the cut: look at the newest one first. "
            "Nothing was saved."
        )


def as_dict(value: Any) -> dict[str, Any]:
    """A dataclass of this package as JSON has it: days as text, figures to five places."""

    def plain(item: Any) -> Any:
        if isinstance(item, float):
            return round(item, 5)
        return str(item) if isinstance(item, date) else item

    return {name: plain(item) for name, item in asdict(value).items()}
