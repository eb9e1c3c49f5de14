"""Intervals for scores, from a bootstrap that draws whole days.

Flights of one day share its weather, so their errors are not independent and the bootstrap draws them together
(cluster bootstrap: Cameron, Gelbach and Miller, Review of Economics and Statistics 2008). Nothing is predicted again:
a day drawn twice gives each of its flights weight two, and sums by day give every score of every draw.
"""

import numpy as np
import pandas as pd

DRAWS = 1000
CONFIDENCE = 0.95
RANDOM_STATE = 20130101


class DayBootstrap:
    """Draws of days, with replacement, for flights with these dates.

    ``day``: the number of each flight's day. ``draws``: how often each draw (row) holds each day (column). The same
    days give the same draws, so two models can be compared draw by draw on the same flights.
    """

    def __init__(self, flight_date: pd.Series, draws: int = DRAWS) -> None:
        self.day, days = pd.factorize(flight_date, sort=True)
        self.draws = draw_with_replacement(np.ones(len(days), dtype=int), draws)

    def mean(self, values: np.ndarray, group: np.ndarray | None = None, groups: int = 1) -> np.ndarray:
        """The mean of ``values`` in each draw (row) and group (column); NaN where the draw has no flight of the group.

        ``values`` and ``group`` have one element per flight; groups are numbered from 0.
        """
        totals, flights = self._totals(values, group, groups), self._totals(np.ones(len(self.day)), group, groups)
        return _divided(totals, flights)

    def scores(self, labels: np.ndarray, probability: np.ndarray, bins: np.ndarray, bin_count: int) -> dict:
        """The scores of :class:`ml.evaluation.metrics.Scores` in every draw, by name.

        ``bins``: each flight's calibration bin, from 0. ROC-AUC is exact: pairs of a delayed and a punctual flight are
        counted once for each pair of days, and weighted by how often the draw holds the one day times the other.
        """
        flights = self.draws @ np.bincount(self.day)
        differences = np.abs(self._totals(probability - labels, bins, bin_count)).sum(axis=1)
        return {
            "roc_auc": self._roc_auc(labels, probability),
            "pr_auc": self._pr_auc(labels, probability),
            "brier": self.mean((probability - labels) ** 2)[:, 0],
            "log_loss": self.mean(log_losses(labels, probability))[:, 0],
            "calibration_error": differences / flights,
        }

    def _totals(self, values: np.ndarray, group: np.ndarray | None = None, groups: int = 1) -> np.ndarray:
        """The sum of ``values`` in each draw (row) and group (column)."""
        cell = self.day * groups + (0 if group is None else group)
        by_day = np.bincount(cell, values, self.draws.shape[1] * groups)
        return self.draws @ by_day.reshape(-1, groups)

    def _roc_auc(self, labels: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The share of pairs in the right order (Mann and Whitney); ties count half. NaN without pairs."""
        days = self.draws.shape[1]
        positive, day = probability[labels], self.day[labels]
        won = np.empty((days, days))
        for other in range(days):
            negative = np.sort(probability[~labels & (self.day == other)])
            wins = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
            won[:, other] = np.bincount(day, wins / 2, days)
        pairs = (self.draws @ np.bincount(day, minlength=days)) * (
            self.draws @ np.bincount(self.day[~labels], minlength=days)
        )
        return _divided(((self.draws @ won) * self.draws).sum(axis=1), pairs)

    def _pr_auc(self, labels: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Average precision: over the delayed flights, the mean precision at the threshold that flags them."""
        order = np.argsort(-probability, kind="stable")
        day, delayed = self.day[order], np.flatnonzero(labels[order])
        # Flights with equal probabilities are flagged together: up to the last of them.
        ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))
        end = ends[np.searchsorted(ends, delayed)]
        last_hit = np.searchsorted(delayed, end, side="right") - 1
        precision = np.empty(len(self.draws))
        for number, draw in enumerate(self.draws):
            weight = draw[day[delayed]]
            flagged, hits = np.cumsum(draw[day])[end], np.cumsum(weight)
            total = hits[-1] if len(hits) else 0
            precision[number] = np.dot(hits[last_hit] / np.maximum(flagged, 1), weight) / total if total else np.nan
        return precision


def draw_with_replacement(copies: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """How often each bootstrap draw (row) holds each unit (column).

    ``copies``: how many equal units each column stands for; 1 if a column is a day. A draw has as many units as all
    columns together. The same input gives the same output.
    """
    random = np.random.default_rng(RANDOM_STATE)
    return random.multinomial(copies.sum(), copies / copies.sum(), size=draws)


def interval(draws: np.ndarray) -> tuple[float, float]:
    """The middle ``CONFIDENCE`` of a score's draws (percentile interval)."""
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(draws, [tail, 100 - tail])
    return float(low), float(high)


def log_losses(labels: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Each flight's loss: minus the logarithm of the probability that the model gave to its outcome."""
    tiny = np.finfo(probability.dtype).eps
    return -np.log(np.clip(np.where(labels, probability, 1 - probability), tiny, 1))


def _divided(dividend: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    """The quotient; NaN where the divisor is 0."""
    quotient = np.full(np.broadcast(dividend, divisor).shape, np.nan)
    return np.divide(dividend, divisor, out=quotient, where=divisor > 0)
