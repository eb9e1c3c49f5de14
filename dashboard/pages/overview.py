"""Overview: is it fresh, is it healthy, and what did the flights of this period show."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import parts
from insight import model, operations, overview, quality
from insight.words import percent
from ml.registry import store
from ontime import ledger, project

st.title(project.read().title)
st.write(
    "US flights from the publisher's raw files to a checked warehouse and a model that predicts delays. A flight is "
    "*late* if it arrives 15 minutes or more after schedule; shares are of the flights that arrived."
)
parts.need("warehouse")


def age(at: str) -> str:
    """How long ago a UTC time was, in the largest unit: ``3 hours ago``."""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def show_state() -> None:
    """What is published, and since when."""
    version = parts.published().warehouse
    assert version  # noqa: S101 - `need` has ended the page otherwise
    totals = parts.query(
        "SELECT sum(flight_count)::bigint, min(flight_date), max(flight_date), "
        "sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) FROM marts.agg_flights_daily"
    )
    flights, first, last, late = totals.fetchall()[0]
    columns = st.columns(4)
    columns[0].metric("Published", age(version.published_at))
    if flights:
        columns[1].metric(
            "Months", f"{first:%Y-%m}" if f"{first:%Y-%m}" == f"{last:%Y-%m}" else f"{first:%Y-%m} – {last:%Y-%m}"
        )
        columns[2].metric("Flights", f"{flights:,}")
        columns[3].metric("Late arrivals", "–" if late is None else percent(late))


def show_health() -> None:
    """One line for each part of the pipeline: ✓, or ✗ with what is wrong and the page that says more."""
    for is_good, text, page in (gates(), runs(), champion(), monitoring()):
        mark = {True: ":green[✓]", False: ":red[✗]", None: ":gray[–]"}[is_good]
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.markdown(f"{mark} {text}")
        with right:
            parts.link(page, DETAILS[page])


#: The names of the pages that say more about the health of a part.
DETAILS = {"quality": "Data quality", "operations": "Operations", "model": "The model"}

Line = tuple[bool | None, str, str]


def gates() -> Line:
    """Whether all checks hold."""
    results = quality.results()
    failed = sorted({result.where for result in results if not result.success})
    if failed:
        names = f"{', '.join(failed[:3])}{' …' if len(failed) > 3 else ''}"
        return False, f"A gate has failed: {names}. {quality.CONSEQUENCE}", "quality"
    if not results:
        return None, "No gate has run here.", "quality"
    return True, f"All {sum(result.checks for result in results):,} checks of the gates hold.", "quality"


def runs() -> Line:
    """Whether the last run of each DAG succeeded."""
    tasks = ledger.read().tasks
    if not tasks:
        return None, "No run has been recorded yet.", "operations"
    newest = operations.runs(tasks).drop_duplicates("dag")
    failed = list(newest.loc[newest["failed"] > 0, "dag"])
    if failed:
        return False, f"The last run of {', '.join(failed)} failed.", "operations"
    return True, f"The last run of each of {len(newest)} DAGs succeeded.", "operations"


def champion() -> Line:
    """Which model is in use."""
    try:
        card = store.champion_card()
    except store.NoChampion:
        return None, "There is no champion yet: no model has been promoted.", "model"
    name = card["candidate"].replace("_", " ")
    return (
        True,
        f"Champion: {name}, ROC-AUC {card['scores'][card['candidate']]['test']['roc_auc']:.3f} on its test.",
        "model",
    )


def monitoring() -> Line:
    """Whether the champion has become worse, or its inputs have changed."""
    if parts.published().monitoring is None:
        return None, "The champion has not been monitored yet.", "model"
    alarms = model.alarms(parts.connection())
    if alarms:
        return False, f"{' '.join(alarms[-2:])}{' …' if len(alarms) > 2 else ''}", "model"
    [(new,)] = parts.query("SELECT count(*) FROM monitoring.ml.model_performance WHERE part = 'new'").fetchall()
    kept = "The champion keeps its promise in every month since its test." if new else NO_NEW_MONTH
    return True, f"{kept} None of its inputs has drifted.", "model"


NO_NEW_MONTH = "No month has been published since the champion's test, so its promise cannot be judged yet."

show_state()
st.header("Is it healthy?")
show_health()
if findings := overview.findings(parts.connection()):
    st.header("Three findings")
    for finding in findings:
        st.markdown(f"**{finding.headline}.** {finding.sentence}")
        parts.link(finding.page, finding.more, **finding.choices)
parts.show(overview.MONTHS)
loaded = operations.loaded()
if not loaded.empty:
    st.header("What is loaded")
    parts.table("loaded", loaded)
