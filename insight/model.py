"""The model: are its probabilities right, what are they worth, and does it keep what its test promised?

All figures read the monitoring tables, which ``ml.monitoring`` computes from the published predictions and outcomes.
"Late" is a share of the flights that arrived. Intervals are 95 %, by day.
"""

import altair as alt
import duckdb
import pandas as pd

from insight.figure import Recipe
from insight.words import count, listed, percent, records

#: Statuses of ``ml.model_performance`` and of drift that a reader should look at.
ALARMS = ("worse", "drifted")
SCORES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "lift of PR-AUC",
    "brier": "skill of Brier",
    "log_loss": "skill of log-loss",
    "calibration_error": "calibration error",
}
#: How many drifted features a sentence names.
NAMED = 3


def alarms(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each month that is worse than the test promised, and for each month in which inputs drifted.

    ``connection``: from :func:`insight.published.connect`, with the monitoring.
    """
    worse, drifted = (connection.execute(sql).fetchall() for sql in (_WORSE, _DRIFTED))
    sentences = [
        f"{month} is worse than the test promised: {listed([SCORES[score] for score in scores])}."
        for month, scores in worse
    ]
    for month, features in drifted:
        rest = [f"{len(features) - NAMED} more"] if len(features) > NAMED else []
        sentences.append(f"Drifted in {month}: {listed(features[:NAMED] + rest)}.")
    return sentences


_WORSE = """
    SELECT month, list(score ORDER BY score) FROM monitoring.ml.model_performance
    WHERE status = 'worse' GROUP BY month ORDER BY month
"""
_DRIFTED = """
    SELECT month, list(feature ORDER BY feature) FROM (
        SELECT month, feature, status FROM monitoring.ml.feature_drift
        UNION ALL SELECT month, 'the probabilities', status FROM monitoring.ml.score_drift
    )
    WHERE status = 'drifted' GROUP BY month ORDER BY month
"""


def draw_reliability(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Late share against probability, with intervals; on the dashed line both are equal."""
    base = alt.Chart(rows).encode(
        alt.X("mean_probability:Q", title="probability that the champion gave", axis=alt.Axis(format=".0%")),
        tooltip=[
            alt.Tooltip("flights:Q", title="Arrived flights", format=",d"),
            alt.Tooltip("mean_probability:Q", title="Mean probability", format=".1%"),
            alt.Tooltip("late_share:Q", title="Late, of those that arrived", format=".1%"),
        ],
    )
    line = alt.Chart(pd.DataFrame({"from": [0], "to": [1]})).mark_rule(style="reference", aria=False)
    late = alt.Y("late_share_low:Q", title="late, of the flights that arrived", axis=alt.Axis(format=".0%"))
    return alt.layer(
        line.encode(alt.X("from:Q"), alt.X2("to:Q"), alt.Y("from:Q"), alt.Y2("to:Q")),
        base.mark_rule(style="strong", strokeWidth=3, aria=False).encode(late, alt.Y2("late_share_high:Q")),
        base.mark_circle(style="strong", size=80).encode(alt.Y("late_share:Q")),
    ).properties(height=340)


def describe_reliability(rows: pd.DataFrame) -> str:
    """The lowest and the highest tenth, and how many intervals hold the probability."""
    tenths = records(rows)
    if not tenths:
        return "No flights have arrived."
    held = sum(row["late_share_low"] <= row["mean_probability"] <= row["late_share_high"] for row in tenths)
    ends = " ".join(
        f"Of {count(row['flights'], 'flight')} with a mean probability of {percent(row['mean_probability'])}, "
        f"{percent(row['late_share'])} were late."
        for row in (tenths[0], tenths[-1])
    )
    return f"{ends} The interval of the late share holds the probability in {held} of {len(tenths)} groups."


def draw_lift(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """The share of the late flights that is caught, against the share of flights that is flagged."""
    line = alt.Chart(pd.DataFrame({"from": [0], "to": [1]})).mark_rule(style="reference", aria=False)
    caught = alt.Chart(rows).encode(
        alt.X("flagged_share:Q", title="flights with the highest probabilities", axis=alt.Axis(format=".0%")),
        alt.Y("caught_share:Q", title="late flights among them, of all late", axis=alt.Axis(format=".0%")),
        tooltip=[
            alt.Tooltip("flights:Q", title="Flights", format=",d"),
            alt.Tooltip("late_flights:Q", title="Late flights", format=",d"),
            alt.Tooltip("caught_share:Q", title="Of all late flights", format=".1%"),
            alt.Tooltip("lift:Q", title="Lift", format=".2f"),
        ],
    )
    return alt.layer(
        line.encode(alt.X("from:Q"), alt.X2("to:Q"), alt.Y("from:Q"), alt.Y2("to:Q")),
        caught.mark_line(style="strong", aria=False),
        caught.mark_circle(style="strong", size=50),
    )


def describe_lift(rows: pd.DataFrame) -> str:
    """What the tenth of the flights with the highest probabilities holds."""
    tenth = records(rows[rows["flagged_share"].round(2) == 0.1])
    if not tenth:
        return "No flights have arrived."
    return (
        f"The tenth of the flights with the highest probabilities ({count(tenth[0]['flights'], 'flight')}) has "
        f"{percent(tenth[0]['caught_share'])} of all late flights: {tenth[0]['lift']:.2f} times as many as a tenth "
        "taken by chance."
    )


def draw_cost(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """The cost per 100 flights at each threshold, and the costs of flagging no flight and every flight."""
    base = alt.Chart(rows).encode(
        alt.X("threshold:Q", title="flag a flight from this probability on", axis=alt.Axis(format=".0%"))
    )
    cost = base.encode(
        alt.Y("cost:Q", title="cost per 100 flights"),
        tooltip=[
            alt.Tooltip("threshold:Q", title="Threshold", format=".0%"),
            alt.Tooltip("cost:Q", title="Cost per 100 flights", format=".1f"),
            alt.Tooltip("flagged_share:Q", title="Flagged, of all", format=".1%"),
            alt.Tooltip("precision:Q", title="Late, of the flagged", format=".1%"),
            alt.Tooltip("recall:Q", title="Flagged, of the late", format=".1%"),
        ],
    )
    layers = [cost.mark_line(style="strong", aria=False)]
    is_none_dearer = bool((rows["cost_of_flagging_none"] >= rows["cost_of_flagging_all"]).all())
    for name, label, is_above in (("none", "no flight", is_none_dearer), ("all", "every flight", not is_none_dearer)):
        one = alt.Chart(rows.head(1)).encode(alt.Y(f"cost_of_flagging_{name}:Q"))
        layers.append(one.mark_rule(style="reference", aria=False))
        # Below the lower line and above the higher one; in the middle, the curve is far from both.
        layers.append(
            one.mark_text(style="note", align="center", dy=-8 if is_above else 9, aria=False).encode(
                x=alt.value(alt.ExprRef("width / 2")), text=alt.value(f"flag {label}")
            )
        )
    chosen = cost.transform_filter("datum.is_champions")
    return alt.layer(*layers, chosen.mark_circle(style="chosen", size=120))


def describe_cost(rows: pd.DataFrame) -> str:
    """The champion's threshold and its cost, next to the cheapest one and to flagging none or all."""
    chosen = records(rows[rows["is_champions"]])
    if not chosen:
        return "No flights have arrived."
    cheapest = rows["cost"].min()
    return (
        f"Flagging from {percent(chosen[0]['threshold'])} on, the threshold chosen on the validation part, costs "
        f"{chosen[0]['cost']:.1f} per 100 flights; the cheapest threshold here costs {cheapest:.1f}, flagging no "
        f"flight {chosen[0]['cost_of_flagging_none']:.1f}, every flight {chosen[0]['cost_of_flagging_all']:.1f}."
    )


def draw_slices(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Mean probability minus late share of each group, with its interval."""
    base = alt.Chart(rows).encode(
        alt.Y("value:N", sort=list(rows["value"]), title=None),
        tooltip=[
            alt.Tooltip("value:N", title="Group"),
            alt.Tooltip("flights:Q", title="Arrived flights", format=",d"),
            alt.Tooltip("late_share:Q", title="Late, of those that arrived", format=".1%"),
            alt.Tooltip("mean_probability:Q", title="Mean probability", format=".1%"),
        ],
    )
    title = "mean probability minus late share (right of 0: too pessimistic)"
    zero = alt.Chart(pd.DataFrame({"bias": [0]})).mark_rule(style="reference", aria=False).encode(alt.X("bias:Q"))
    return alt.layer(
        zero,
        base.mark_rule(style="strong", strokeWidth=3, aria=False).encode(
            alt.X("bias_low:Q", title=title, axis=alt.Axis(format="+.0%")), alt.X2("bias_high:Q")
        ),
        base.mark_circle(style="strong", size=80).encode(alt.X("bias:Q")),
    ).properties(height=alt.Step(22))


def describe_slices(rows: pd.DataFrame) -> str:
    """The groups whose interval does not hold 0."""
    groups = records(rows)
    if not groups:
        return "No group has 100 flights that arrived."
    off = [row for row in groups if row["bias_low"] > 0 or row["bias_high"] < 0]
    if not off:
        return f"For all {count(len(groups), 'group')} the interval of the difference holds 0."
    names = listed([f"{row['value']} ({100 * row['bias']:+.1f} points)" for row in off])
    return f"Of {count(len(groups), 'group')}, these differ from 0 beyond their interval: {names}."


def draw_months(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Each month with its interval; the dashed lines are the interval of the test."""
    base = alt.Chart(rows.dropna(subset=["judged"])).encode(
        alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
        tooltip=[
            alt.Tooltip("month:O", title="Month"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("arrived_flights:Q", title="Arrived flights", format=",d"),
            alt.Tooltip("late_share_of_arrived:Q", title="Late, of those that arrived", format=".1%"),
            alt.Tooltip("judged:Q", title="Judged", format=".3f"),
            alt.Tooltip("value:Q", title="Score", format=".3f"),
            alt.Tooltip("status:N", title="Status"),
        ],
    )
    promise = alt.Chart(rows.head(1)).mark_rule(style="reference", aria=False)
    unit = str(rows["judged_as"].iloc[0]) if len(rows) else ""
    value = alt.Y("judged_low:Q", title=f"{unit} (dashed: interval of the test)", scale=alt.Scale(zero=False))
    return alt.layer(
        promise.encode(alt.Y("judged_promised_low:Q")),
        promise.encode(alt.Y("judged_promised_high:Q")),
        base.mark_rule(style="strong", strokeWidth=3, aria=False).encode(value, alt.Y2("judged_high:Q")),
        base.mark_point(style="strong", size=90, filled=True).encode(
            alt.Y("judged:Q"), alt.Shape("status:N", title=None)
        ),
    )


def describe_months(rows: pd.DataFrame) -> str:
    """The newest month with a value, the promise, and which months are worse."""
    months = records(rows.dropna(subset=["judged"]))
    if not months:
        return "No month has flights that arrived."
    newest = months[-1]
    text = (
        f"{newest['month']}: {newest['judged']:.3f} (95 % interval {newest['judged_low']:.3f} to "
        f"{newest['judged_high']:.3f}); the test promised {newest['judged_promised']:.3f}."
    )
    worse = [str(row["month"]) for row in months if row["status"] in ALARMS]
    return f"{text} {'Worse than promised: ' + listed(worse) if worse else 'No month is worse than promised'}."


def draw_drift(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One line per feature, one column per month: how much of its limit the nearest measure uses."""
    base = alt.Chart(rows).encode(
        alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
        alt.Y("feature:N", sort=list(rows["feature"].unique()), title=None, axis=alt.Axis(labelLimit=330)),
        tooltip=[
            alt.Tooltip("feature:N", title="Feature"),
            alt.Tooltip("month:O", title="Month"),
            alt.Tooltip("limit_used:Q", title="Of its limit", format=".0%"),
            alt.Tooltip("psi_used:Q", title="PSI, of its limit", format=".0%"),
            alt.Tooltip("missing_used:Q", title="Missing values, of the limit", format=".0%"),
            alt.Tooltip("unseen_used:Q", title="Unseen values, of the limit", format=".0%"),
            alt.Tooltip("status:N", title="Status"),
        ],
    )
    scale = alt.Scale(range="heatmap", domain=[0, 1], clamp=True)
    colour = alt.Color("limit_used:Q", title="of its limit", scale=scale, legend=alt.Legend(format=".0%"))
    drifted = base.transform_filter("datum.status == 'drifted'")
    return alt.layer(
        base.mark_rect(stroke=None).encode(colour),
        drifted.mark_text(style="label", fontWeight="bold", aria=False).encode(text=alt.value("drifted")),
    ).properties(height=alt.Step(24))


def describe_drift(rows: pd.DataFrame) -> str:
    """What drifted in each month, and what is nearest to its limit."""
    if rows.empty:
        return "The champion's training part has too few months to know what is ordinary."
    nearest = records(rows.nlargest(1, "limit_used"))[0]
    drifted = [f"{row['feature']} in {row['month']}" for row in records(rows[rows["status"] == "drifted"])]
    text = f"Drifted: {listed(drifted)}." if drifted else "Nothing has drifted."
    return f"{text} Nearest to its limit: {nearest['feature']} in {nearest['month']}, {percent(nearest['limit_used'])}."


_NEEDS = ("monitoring",)
RELIABILITY = Recipe(
    "model_reliability", "When it says 30 %, are 30 % late?", draw_reliability, describe_reliability, _NEEDS
)
LIFT = Recipe("model_lift", "How many late flights are among the flagged ones", draw_lift, describe_lift, _NEEDS)
COST = Recipe("model_cost", "From which probability on is a flag worth it", draw_cost, describe_cost, _NEEDS)
SLICES = Recipe(
    "model_slices", "For whom it is too optimistic or too pessimistic", draw_slices, describe_slices, _NEEDS
)
MONTHS = Recipe("model_months", "Does it keep what its test promised", draw_months, describe_months, _NEEDS)
DRIFT = Recipe("model_drift", "Do its inputs still look like its training", draw_drift, describe_drift, _NEEDS)
