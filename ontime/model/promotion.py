"""When a newly trained model takes the champion's place."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ontime.model import evaluation, registry
from ontime.model.scoring import delay_probability


@dataclass(frozen=True)
class Decision:
    is_promoted: bool
    reason: str


def decide(challenger: dict[str, Any], test_flights: pd.DataFrame) -> Decision:
    """Whether the challenger, given by its model card, becomes the champion.

    Both are judged by the log-loss on the challenger's test flights, given as those that arrived. The
    challenger wins without a comparison when there is no champion, or when the champion was
    made for other features than today's and could not score a flight. The champion stays when
    it has learned from the test days: no comparison on them would be fair.
    """
    if registry.champion_version() is None:
        return Decision(True, "the first model")
    model, champion = registry.load_champion()
    if champion["version"] == challenger["version"]:
        return Decision(False, "it is the champion already")
    if _names(champion) != _names(challenger):
        return Decision(True, f"champion {champion['version']} was made for other features")
    if champion["split"]["test_start"] > challenger["split"]["test_start"]:
        return Decision(False, f"champion {champion['version']} has learned from these test days")
    challenger_loss = challenger["scores"][challenger["candidate"]]["test"]["log_loss"]
    scores = evaluation.score(evaluation.is_delayed(test_flights), delay_probability(model, test_flights))
    champion_loss = evaluation.as_dict(scores)["log_loss"]
    comparison = f"test log-loss {challenger_loss} against {champion_loss} of champion {champion['version']}"
    return Decision(challenger_loss < champion_loss, comparison)


def _names(card: dict[str, Any]) -> list[str]:
    return [feature["name"] for feature in card["features"]]
