"""Performance: does the champion score in a month as its test promised?

Brier, log-loss and PR-AUC rise and fall with the share of late flights, whatever the model does: by Brier, a month with
a third of its flights late looks bad, and a punctual one good. So three scores are judged relative to the *base rate*
of their own month, which is what a forecast that always says the month's share of late flights would score:

skill  1 − score / score of the base rate, for Brier (b · (1 − b)) and log-loss (−b · ln b − (1 − b) · ln(1 − b))
lift   PR-AUC / b, because b is the PR-AUC of a forecast without information

Here b is the share of late flights among those that arrived. ROC-AUC and the calibration error are judged as they are.
A month is *worse* if its whole interval lies beyond the interval of the test. The lift is at most 1 / b, so it falls
where more flights are late, while PR-AUC itself rises: PR-AUC is worse only if both are beyond the test. The months of
validation and test are *part of the promise*: they chose the champion, and a promise cannot be judged by itself.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics
from ml.evaluation.uncertainty import DayBootstrap, interval
from ml.features.catalog import TARGET

VALUE, SKILL, LIFT = "value", "skill", "lift"
#: How each score is judged. More skill and more lift are better, although a lower Brier score and log-loss are.
JUDGED_AS = {"roc_auc": VALUE, "pr_auc": LIFT, "brier": SKILL, "log_loss": SKILL, "calibration_error": VALUE}
LOWER_IS_BETTER = ("calibration_error",)

AS_PROMISED, WORSE, PROMISE, UNKNOWN = "ok", "worse", "part of the promise", "unknown"

Interval = tuple[float, float, float]
ENDS = ("", "_low", "_high")
NOTHING: Interval = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Performance:
    """One score of one month next to that of the test part, both with their intervals by day.

    ``part`` says what the champion's training used the month for: ``validation`` (to choose the candidate), ``test``,
    or nothing (``new``). ``labelled`` flights have arrived, and ``base_rate`` is the share of late ones among them.
    ``value`` and ``promised`` (on the model card) are the score itself; ``judged`` and ``judged_promised`` are what is
    compared: the value, the skill or the lift, as ``judged_as`` says. ``status``: ``ok``, ``worse``, ``part of the
    promise`` or ``unknown``. Numbers are NaN where nothing arrived, or where all or none of the flights were late.
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
    judged_as: str
    judged: float
    judged_low: float
    judged_high: float
    judged_promised: float
    judged_promised_low: float
    judged_promised_high: float
    status: str


def by_month(predictions: pd.DataFrame, card: dict[str, Any]) -> pd.DataFrame:
    """The five scores of every month: one row per month and score, with the fields of :class:`Performance`.

    ``predictions``: ``month``, ``flight_date``, ``delay_probability`` and the label (missing if not arrived).
    """
    _, promise = measure(predictions[parts(predictions["flight_date"], card["split"]) == "test"])
    return pd.DataFrame(
        [
            asdict(row)
            for month, flights in predictions.groupby("month")
            for row in _performance(str(month), flights, card, promise)
        ]
    )


def measure(flights: pd.DataFrame) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """The scores of these flights, and the figures that are judged: by score, the value and its interval by day."""
    arrived = flights[flights[TARGET].notna()]
    labels, probability = arrived[TARGET].to_numpy(dtype=bool), arrived["delay_probability"].to_numpy()
    if len(np.unique(labels)) < 2:
        return dict.fromkeys(JUDGED_AS, NOTHING), dict.fromkeys(JUDGED_AS, NOTHING)
    bootstrap = DayBootstrap(arrived["flight_date"])
    values, draws = asdict(metrics.score(labels, probability)), metrics.draws(labels, probability, bootstrap)
    base_rate, base_rate_draws = float(labels.mean()), bootstrap.mean(labels.astype(float))[:, 0]
    raw = {score: (values[score], *interval(draws[score])) for score in JUDGED_AS}
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw without late flights has no skill: NaN
        judged = {
            score: (judge(score, values[score], base_rate), *interval(judge(score, draws[score], base_rate_draws)))
            for score in JUDGED_AS
        }
    return raw, judged


def judge(score: str, value: Any, base_rate: Any) -> Any:
    """The value, the skill or the lift of a score (formulas in the module docstring); numbers or arrays."""
    if JUDGED_AS[score] == LIFT:
        return value / base_rate
    if JUDGED_AS[score] == SKILL:
        return 1 - value / base_rate_score(score, base_rate)
    return value


def base_rate_score(score: str, base_rate: Any) -> Any:
    """Brier or log-loss of a forecast that always says the base rate."""
    if score == "brier":
        return base_rate * (1 - base_rate)
    return -base_rate * np.log(base_rate) - (1 - base_rate) * np.log(1 - base_rate)


def parts(days: pd.Series, split: dict[str, Any]) -> np.ndarray:
    """The part of the champion's split that each day after training belongs to; ``new`` after its test part."""
    start, end = pd.Timestamp(split["test_start"]), pd.Timestamp(split["test_end"])
    return np.where(days < start, "validation", np.where(days <= end, "test", "new"))


def _performance(
    month: str, flights: pd.DataFrame, card: dict[str, Any], promise: dict[str, Interval]
) -> Iterator[Performance]:
    labels = flights[TARGET].dropna().to_numpy(dtype=bool)
    # A month in which the test part ends is new, because some of its days are.
    part = str(parts(flights["flight_date"], card["split"])[flights["flight_date"].argmax()])
    raw, judged = measure(flights)
    for score in JUDGED_AS:
        on_card = (card["scores"][card["candidate"]]["test"][score], *card["intervals"][card["candidate"]][score])
        intervals = {"value": raw[score], "promised": on_card}
        intervals |= {"judged": judged[score], "judged_promised": promise[score]}
        yield Performance(
            month=month,
            part=part,
            flights=len(flights),
            labelled=len(labels),
            base_rate=float(labels.mean()) if len(labels) else math.nan,
            score=score,
            judged_as=JUDGED_AS[score],
            status=_status(score, part, judged[score], promise[score], raw[score][2] < on_card[1]),
            **{f"{name}{end}": one for name, ends in intervals.items() for end, one in zip(ENDS, ends, strict=True)},
        )


def _status(score: str, part: str, judged: Interval, promise: Interval, is_value_lower: bool) -> str:
    if part != "new":
        return PROMISE
    if math.isnan(judged[0]) or math.isnan(promise[0]):
        return UNKNOWN
    is_worse = judged[1] > promise[2] if score in LOWER_IS_BETTER else judged[2] < promise[1]
    if JUDGED_AS[score] == LIFT:
        is_worse = is_worse and is_value_lower
    return WORSE if is_worse else AS_PROMISED
