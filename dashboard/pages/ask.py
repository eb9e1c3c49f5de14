"""Ask the champion: the probability that one flight is late, and why."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from pydantic import ValidationError

from dashboard import parts
from insight.words import percent
from ml import asking, scoring
from ml.registry import artifacts
from ml.schedule import InvalidFlights, ScheduledFlight
from ontime.warehouse import Version

#: How many reasons the page shows; the table below them has all.
REASONS = 6

#: Of the flights of the test part with a similar probability, how many arrived late.
SIMILAR = """
    SELECT flights, late_share, late_share_low, late_share_high FROM monitoring.ml.model_reliability
    WHERE part = 'test' AND lowest_probability <= $probability ORDER BY lowest_probability DESC LIMIT 1
"""
CODES = """
    SELECT airport_code, airport_name, time_zone FROM marts.dim_airports
    WHERE airport_code IN (
        SELECT origin_airport_code FROM marts.agg_route_airline_monthly
        UNION SELECT destination_airport_code FROM marts.agg_route_airline_monthly
    ) ORDER BY airport_code
"""
AIRLINES = "SELECT airline_code, airline_name FROM marts.dim_airlines ORDER BY airline_name"
LAST_DAY = "SELECT max(flight_date) FROM marts.agg_flights_daily"


class Nonsense(ValueError):
    """A question that has no answer; the message says why, in one sentence."""


@st.cache_resource(max_entries=1, show_spinner="The champion and the history of all flights are being loaded…")
def champion(warehouse_version: str, model_version: str, _published: Version) -> asking.Asking:
    """The champion with this warehouse, shared by all visitors."""
    return asking.Asking(_published)


def load() -> asking.Asking:
    """The champion. Raises :class:`dashboard.parts.Missing` if it cannot be used."""
    parts.need("warehouse", "champion")
    published = parts.published().warehouse
    assert published is not None  # noqa: S101 -- `need` ended the page otherwise
    try:
        return champion(published.version, asking.store.champion_version() or "", published)
    except (artifacts.ArtifactTampered, artifacts.UntrustedArtifact):
        raise parts.Missing(
            "The champion cannot be verified: a file of it is missing or was changed. Roll back with `ontime model "
            "rollback`, or train again with `ontime model train`."
        ) from None
    except scoring.OtherFeatures as problem:
        raise parts.Missing(str(problem)) from None


def ask(asked: asking.Asking, zones: dict[str, str], values: dict[str, Any], departs: datetime) -> asking.Answer:
    """The answer about a flight that somebody describes. Raises :class:`Nonsense`."""
    origin, destination = values["origin_airport_code"], values["destination_airport_code"]
    if origin == destination:
        raise Nonsense("The destination must be another airport than the origin.")
    for code in (origin, destination):
        if code not in zones:
            raise Nonsense(f"The published warehouse has no flights from or to {code}.")
    seconds = asked.seconds.get((origin, destination))
    if seconds is None:
        raise Nonsense(f"No published flight goes from {origin} to {destination}, so the champion cannot judge it.")
    arrives = departs.replace(tzinfo=ZoneInfo(zones[origin])).astimezone(ZoneInfo("UTC")) + timedelta(seconds=seconds)
    try:
        flight = ScheduledFlight(
            **values | {"flight_number": values["flight_number"] or 1},
            scheduled_departure_local_at=departs,
            scheduled_arrival_local_at=arrives.astimezone(ZoneInfo(zones[destination])).replace(tzinfo=None),
        )
        # Without a number, the flight has no history of its own.
        flight = flight.model_copy(update={"flight_number": values["flight_number"]})
        return asked.answer(asked.schedule.table([flight]))
    except InvalidFlights as problem:
        raise Nonsense(f"{problem.errors[0]['msg']}.") from None
    except ValidationError as problem:
        raise Nonsense(f"{problem.errors()[0]['loc'][0]}: {problem.errors()[0]['msg']}.") from None


def show(answer: asking.Answer) -> None:
    """The probability, what it was worth in the test, and the reasons."""
    st.metric("Probability of arriving 15 or more minutes late", percent(answer.probability))
    if parts.published().monitoring is not None:
        similar = parts.query(SIMILAR, probability=answer.probability).fetchone()
        if similar:
            flights, share, low, high = similar
            st.write(
                f"Of 100 such flights, about **{round(100 * share)}** were late: {flights:,} flights of the champion's "
                f"test had a similar probability and arrived, and {percent(share)} of them were late "
                f"({percent(low)} to {percent(high)} in 95 % of draws of days)."
            )
    if not answer.reasons:
        st.info("This kind of champion gives no reasons: only LightGBM's trees say what each feature contributes.")
        return
    st.subheader("Why")
    st.markdown("\n".join(map(in_words, answer.reasons[:REASONS])))
    with st.expander("All contributions · as a table"):
        rows = [(one.feature, str(one.value), one.contribution) for one in answer.reasons]
        rows.append(("(mean of the training)", "", answer.start))
        st.dataframe(pd.DataFrame(rows, columns=["feature", "value", "contribution"]), hide_index=True)
        st.caption(
            f"The contributions and the mean of the training sum to the raw score {answer.raw_score:.4f}; the "
            "probability is 1 / (1 + exp(−raw score)). They say what the model uses, not what causes delays."
        )


def in_words(reason: asking.Reason) -> str:
    """One line of a list, for example ``- raises it: Wind (12.3)``."""
    value = reason.value
    is_missing = bool(pd.isna(value))
    text = "not known" if is_missing else f"{value:.4g}" if isinstance(value, float) else str(value)
    direction = "raises" if reason.contribution > 0 else "lowers"
    name = reason.feature.replace("_", " ")
    return f"- **{name}** {direction} it ({reason.contribution:+.2f}). {reason.description} Here: {text}."


st.title("Ask the champion")
asked = load()
last_day = parts.query(LAST_DAY).fetchall()[0][0]
airports = {code: (name, zone) for code, name, zone in parts.query(CODES).fetchall()}
airlines = dict(parts.query(AIRLINES).fetchall())
st.write(
    "Will a flight arrive 15 or more minutes late, given that it arrives? The champion answers as it would have two "
    f"hours before departure, with what was known by then. The published data ends on {last_day}: later flights are "
    "judged by their schedule and history alone."
)
by_form, by_key = st.tabs(["Describe a flight", "A published flight"])
with by_form:
    with st.form("flight"):
        left, right = st.columns(2)
        places = list(airports)
        origins = sorted({origin for origin, _ in asked.seconds})
        origin = left.selectbox("Origin", origins, format_func=lambda code: f"{code} · {airports[code][0]}")
        destination = right.selectbox("Destination", places, format_func=lambda code: f"{code} · {airports[code][0]}")
        airline = left.selectbox("Airline", list(airlines), format_func=lambda code: f"{code} · {airlines[code]}")
        number = right.number_input("Flight number (optional)", 1, 9999, None)
        day = left.date_input("Day", last_day)
        time = right.time_input("Scheduled departure, local time", datetime(2000, 1, 1, 17).time())
        tail = left.text_input("Tail number (optional)", max_chars=10)
        is_asked = st.form_submit_button("Ask")
    if is_asked:
        values = {
            "airline_code": airline,
            "flight_number": number,
            "origin_airport_code": origin,
            "destination_airport_code": destination,
            "tail_number": tail.strip() or None,
        }
        try:
            show(ask(asked, {code: zone for code, (_, zone) in airports.items()}, values, datetime.combine(day, time)))
        except Nonsense as problem:
            st.warning(str(problem))
with by_key:
    key = st.text_input("Flight key", placeholder="2013-12-20_UA1545_EWR-IAH_1730", key="flight", bind="query-params")
    if key:
        flight = asked.published_flight(key.strip())
        if flight is None:
            st.warning("The published warehouse has no flight with this key.")
        else:
            show(asked.answer(flight))
