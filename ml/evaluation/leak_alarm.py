"""The leak alarm: stops a training whose test score is too good to be honest.

A feature leaks when it sees something that happened after the cut (the scheduled departure minus the prediction
horizon). Such a model scores far better in the test than it ever will in use.
"""

from collections.abc import Mapping

from ml.evaluation.split import Split

#: The highest test ROC-AUC that counts as honest. Measured on November and December 2013: honest features score 0.76.
#: Features that see outcomes after the cut, even of a few flights, or a mean that includes the flight itself, score
#: 0.77 to 0.91.
HIGHEST_HONEST_ROC_AUC = 0.775

#: The same limit for a model that predicts at departure and knows the departure delay (:mod:`ml.at_departure`).
HIGHEST_ROC_AUC_AT_DEPARTURE = 0.925

#: The candidate that cannot leak: it uses only shares of the training period.
YARDSTICK = "climatology"

#: In stormy months honest scores exceed the limit, but then the yardstick's score rises too. So a candidate may also
#: exceed the yardstick by this much. It was 0.15 in those two months, and varies more if the test is only a few days.
HIGHEST_HONEST_GAIN = {"months": 0.165, "days": 0.30}


class LeakSuspected(ValueError):
    """A candidate scores higher than honest features allow, so a feature probably sees events after the cut."""


def check_for_leaks(test_roc_auc: Mapping[str, float], split: Split) -> None:
    """Raise :class:`LeakSuspected` if a candidate's test ROC-AUC is too high to be honest.

    ``test_roc_auc``: by name of the candidate, climatology included. Too high means above ``HIGHEST_HONEST_ROC_AUC``
    and also above climatology's by more than ``HIGHEST_HONEST_GAIN``.
    """
    limit = max(HIGHEST_HONEST_ROC_AUC, test_roc_auc[YARDSTICK] + HIGHEST_HONEST_GAIN[split.rule])
    _refuse_above(limit, test_roc_auc)


def check_at_departure(test_roc_auc: float) -> None:
    """Raise :class:`LeakSuspected` if the test ROC-AUC is too high even for a model that knows the departure delay."""
    _refuse_above(HIGHEST_ROC_AUC_AT_DEPARTURE, {"at departure": test_roc_auc})


def _refuse_above(limit: float, test_roc_auc: Mapping[str, float]) -> None:
    suspects = {name: round(value, 3) for name, value in test_roc_auc.items() if value > limit}
    if suspects:
        raise LeakSuspected(
            f"Test ROC-AUC {suspects} is above {limit:.3f}, the highest score that honest features can explain. A "
            "feature probably uses something that happened after the cut: check the newest feature first. "
            "Nothing was saved."
        )
