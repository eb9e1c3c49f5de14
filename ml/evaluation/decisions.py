"""Turns probabilities into decisions: which flights to flag, at what cost, and how reliable the probabilities are."""

from dataclasses import dataclass

import numpy as np

from ml.evaluation.metrics import CALIBRATION_BINS, calibration_bins
from ml.evaluation.uncertainty import DayBootstrap, interval

#: Cost of a delay that was not flagged, and of a flag on a punctual flight, in any unit. With well calibrated
#: probabilities the best threshold is 1 / (1 + missed delay cost / false alarm cost).
MISSED_DELAY_COST = 3.0
FALSE_ALARM_COST = 1.0


@dataclass(frozen=True)
class Flagging:
    """The effect of flagging every flight at or above a threshold. Costs are per 100 flights."""

    threshold: float
    flagged_share: float
    precision: float
    recall: float
    cost: float
    cost_of_flagging_none: float
    cost_of_flagging_all: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Flights with similar probabilities, and the share of them that were delayed, with its interval."""

    lowest_probability: float
    flights: int
    mean_probability: float
    delayed_share: float
    delayed_share_low: float
    delayed_share_high: float


def cheapest_threshold(labels: np.ndarray, probability: np.ndarray) -> float:
    """The threshold with the lowest cost on these flights; 1 if flagging none is cheapest."""
    order = np.argsort(-probability, kind="stable")
    sorted_probability = probability[order]
    hits = np.cumsum(labels[order])
    flagged = np.arange(1, len(labels) + 1)
    cost = FALSE_ALARM_COST * (flagged - hits) + MISSED_DELAY_COST * (hits[-1] - hits)
    # Flights with equal probabilities are flagged together, so a threshold can only follow the last of them.
    ends = np.flatnonzero(np.append(np.diff(sorted_probability) != 0, True))
    best = ends[np.argmin(cost[ends])]
    return float(sorted_probability[best]) if cost[best] < MISSED_DELAY_COST * hits[-1] else 1.0


def flagging(labels: np.ndarray, probability: np.ndarray, threshold: float) -> Flagging:
    """The effect of flagging at this threshold on these flights."""
    flagged = probability >= threshold
    hits = int((flagged & labels).sum())
    missed, false_alarms = int(labels.sum()) - hits, int(flagged.sum()) - hits
    per_100 = 100 / len(labels)
    return Flagging(
        threshold=threshold,
        flagged_share=float(flagged.mean()),
        precision=hits / max(int(flagged.sum()), 1),
        recall=hits / int(labels.sum()),
        cost=per_100 * (MISSED_DELAY_COST * missed + FALSE_ALARM_COST * false_alarms),
        cost_of_flagging_none=per_100 * MISSED_DELAY_COST * int(labels.sum()),
        cost_of_flagging_all=per_100 * FALSE_ALARM_COST * int((~labels).sum()),
    )


def reliability(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> list[ReliabilityBin]:
    """The calibration bins that have flights, lowest probability first; shares have intervals by day."""
    bins = calibration_bins(probability)
    draws = bootstrap.mean(labels.astype(float), bins, CALIBRATION_BINS)
    return [
        _reliability_bin(number, labels[bins == number], probability[bins == number], draws[:, number])
        for number in np.unique(bins)
    ]


def _reliability_bin(number: int, labels: np.ndarray, probability: np.ndarray, draws: np.ndarray) -> ReliabilityBin:
    low, high = interval(draws)
    return ReliabilityBin(
        lowest_probability=float(number / CALIBRATION_BINS),
        flights=len(labels),
        mean_probability=float(probability.mean()),
        delayed_share=float(labels.mean()),
        delayed_share_low=low,
        delayed_share_high=high,
    )
