"""Model: the champion's card, what its probabilities are worth, and whether it keeps its promise."""

import pandas as pd
import streamlit as st

from dashboard import parts
from insight import model
from insight.words import percent
from ml.registry import champion, store

#: How many features the figure of drift shows: those nearest to their limits.
FEATURES = 12


def in_words(candidate: str) -> str:
    """The name of a candidate as a reader writes it."""
    return candidate.replace("_", " ")


def champions_card() -> None:
    """Which model it is, and its scores next to those of the other candidates."""
    card = store.champion_card()
    now = champion.read()
    promoted_at = now.promotions[now.version].promoted_at[:16].replace("T", " ") if now else ""
    name = in_words(card["candidate"])
    flights, late, split = card["flights"], card["base_rate"], card["split"]
    st.markdown(
        f"The champion is `{card['version']}`: {name}, promoted {promoted_at} UTC. It learned from "
        f"{flights['train']:,} flights that arrived ({percent(late['train'])} of them late) and was tested on "
        f"{flights['test']:,} from {split['test_start']} to {split['test_end']} ({percent(late['test'])} late). "
        "It answers two hours before scheduled departure: will the flight arrive 15 or more minutes late, given that "
        "it arrives?"
    )
    scores = {in_words(each): by_part["test"] for each, by_part in card["scores"].items()}
    table = pd.DataFrame(scores).T.rename(columns=store.SCORE_NAMES).rename_axis("candidate")
    parts.table("scores", table.map("{:.3f}".format).reset_index())
    low, high = card["intervals"][card["candidate"]]["roc_auc"]
    st.caption(
        f"Scores on the test part; ROC-AUC's 95 % interval by day is {low:.3f} to {high:.3f}. Higher is better for "
        "ROC-AUC and PR-AUC, lower for the others."
    )
    base_rate, champions = (scores.get(each, {}).get("calibration_error") for each in ("base rate", name))
    if base_rate is not None and champions is not None and base_rate < champions:
        st.caption(
            f"Why the base rate's ECE ({base_rate:.3f}) is lower than the champion's ({champions:.3f}): it gives every "
            "flight the same probability, which is right on average and of no use for a single one. ECE measures "
            "only whether probabilities are right on average, so it is read together with the other scores."
        )


st.title("Model")
parts.need("warehouse", "champion")
champions_card()
parts.need("monitoring")
for alarm in model.alarms(parts.connection()):
    st.error(alarm)

names = {"test": "the champion's test part", "new": "months since"}
rows = parts.query("SELECT DISTINCT part FROM monitoring.ml.model_reliability ORDER BY part DESC").fetchall()
options = [part for (part,) in rows] or ["test"]
part = options[0]
if len(options) > 1:
    part = st.segmented_control(
        "Flights of", options, default=part, format_func=names.__getitem__, required=True, key="part"
    )
left, right = st.columns(2)
with left:
    parts.show(model.RELIABILITY, part=part)
    parts.show(model.COST, part=part)
with right:
    parts.show(model.LIFT, part=part)
    dimension = st.selectbox("Groups", ["airline", "origin", "hour"], key="dimension", bind="query-params")
    parts.show(model.SLICES, part=part, dimension=dimension)

score = st.selectbox(
    "Score", list(model.SCORES), index=3, format_func=model.SCORES.__getitem__, key="score", bind="query-params"
)
parts.show(model.MONTHS, score=score)
st.caption(
    "Skill: how much smaller the error is than that of a forecast that always gives the month's own late share; 0 is "
    "no better, 1 is perfect. Lift: PR-AUC divided by that share; 1 is no better. So a month does not look bad only "
    "because many flights were late. Late is a share of the flights that arrived. A month is worse if its whole "
    "interval lies beyond the interval of the test. The months that chose and tested the champion are part of its "
    "promise: they are not judged."
)
parts.show(model.DRIFT, features=FEATURES)
st.caption(
    "Each feature has its own limits: three times the largest difference between a month of the training part and "
    "its other months. PSI (population stability index) says how different two distributions are; 0 is equal. Missing "
    "and unseen values are shares of the scheduled flights. The colour shows the measure that is nearest to its limit: "
    "from 100 % on, the feature has drifted."
)
