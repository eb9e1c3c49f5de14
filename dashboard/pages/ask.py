"""Ask the champion: the probability that one flight is late, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import streamlit as st
from pydantic import ValidationError

from dashboard import choices, parts
from insight.words import percent
from ml import asking, scoring
from ml.registry import artifacts, store
from ml.schedule import InvalidFlights, Schedule, ScheduledFlight
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
#: The form opens on a flight that exists.
BUSIEST = """
    SELECT origin_airport_code, destination_airport_code, airline_code
    FROM marts.agg_route_airline_monthly
    GROUP BY ALL
    ORDER BY sum(flight_count) DESC, origin_airport_code, destination_airport_code, airline_code
    LIMIT 1
"""
LAST_DAY = "SELECT max(flight_date) FROM marts.agg_flights_daily"


class Nonsense(ValueError):
    """A question that has no answer; the message says why, in one sentence."""


class Prepared(NamedTuple):
    """What the page needs of one published warehouse and one champion."""

    champion: asking.Asking
    schedule: Schedule
    #: Median scheduled duration in seconds, by origin and destination.
    seconds: dict[tuple[str, str], float]


@st.cache_resource(max_entries=1, show_spinner=False, on_release=lambda prepared: prepared.champion.close())
def prepare(warehouse_version: str, model_version: str, _published: Version) -> Prepared:
    """The champion with this warehouse, shared by all visitors. It loads its files in the background."""
    store.verify(model_version)
    scoring.check_features(store.champion_card())
    return Prepared(asking.Asking(warehouse_version), Schedule(_published), asking.durations(parts.connection()))


@contextmanager
def champions_problems() -> Iterator[None]:
    """Turn the block's errors about the champion into :class:`dashboard.parts.Missing`, which the page shows."""
    try:
        yield
    except (artifacts.ArtifactTampered, artifacts.UntrustedArtifact):
        raise parts.Missing(
            "The champion cannot be verified: a file of it is missing or was changed. Roll back with `ontime model "
            "rollback`, or train again with `ontime model train`."
        ) from None
    except scoring.OtherFeatures as problem:
        raise parts.Missing(str(problem)) from None
    except asking.NoAnswer:
        raise parts.Missing(
            "The champion's process ended before it answered; the dashboard's log says why. It needs 500 MB of memory."
        ) from None


def load() -> Prepared:
    """The champion. Raises :class:`dashboard.parts.Missing` if it cannot be used."""
    parts.need("warehouse", "champion")
    published = parts.published().warehouse
    assert published is not None  # noqa: S101 -- `need` ended the page otherwise
    with champions_problems():
        return prepare(published.version, store.champion_version() or "", published)


def flight_of(prepared: Prepared, zones: dict[str, str], values: dict[str, Any], departs: datetime) -> pa.Table:
    """The flight that somebody describes, for :meth:`ml.asking.Asking.answer`. Raises :class:`Nonsense`."""
    origin, destination = values["origin_airport_code"], values["destination_airport_code"]
    if origin == destination:
        raise Nonsense("The destination must be another airport than the origin.")
    seconds = prepared.seconds.get((origin, destination))
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
        return prepared.schedule.table([flight])
    except InvalidFlights as problem:
        raise Nonsense(f"{problem.errors[0]['msg']}.") from None
    except ValidationError as problem:
        raise Nonsense(f"{problem.errors()[0]['loc'][0]}: {problem.errors()[0]['msg']}.") from None


def answer(prepared: Prepared, flight: pa.Table) -> asking.Answer:
    """The champion's answer. Raises :class:`dashboard.parts.Missing` if it cannot be used."""
    with champions_problems(), st.spinner("Computing the answer. The first one loads the history of all flights…"):
        return prepared.champion.answer(flight)


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
prepared = load()
last_day = parts.query(LAST_DAY).fetchall()[0][0]
if last_day is None:
    raise parts.Missing(choices.NO_FLIGHTS)
leaves, reaches, flies = parts.query(BUSIEST).fetchall()[0]
airports = {code: (name, zone) for code, name, zone in parts.query(CODES).fetchall()}
airlines = dict(parts.query(AIRLINES).fetchall())
st.write(
    "Will a flight arrive 15 or more minutes late, given that it arrives? The champion answers as it would have two "
    f"hours before departure, with what was known then. The published data ends on {last_day}: later flights are "
    "judged by their schedule and history alone."
)


def in_full(code: str) -> str:
    """An airport's code and name."""
    return f"{code} · {airports[code][0]}"


by_form, by_key = st.tabs(["Describe a flight", "A published flight"])
with by_form:
    with st.form("flight"):
        left, right = st.columns(2)
        origins, places = sorted({origin for origin, _ in prepared.seconds}), list(airports)
        origin = left.selectbox("Origin", origins, origins.index(leaves), format_func=in_full)
        destination = right.selectbox("Destination", places, places.index(reaches), format_func=in_full)
        codes = list(airlines)
        airline = left.selectbox(
            "Airline", codes, codes.index(flies), format_func=lambda code: f"{code} · {airlines[code]}"
        )
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
        zones = {code: zone for code, (_, zone) in airports.items()}
        try:
            show(answer(prepared, flight_of(prepared, zones, values, datetime.combine(day, time))))
        except Nonsense as problem:
            st.warning(str(problem))
with by_key:
    key = st.text_input("Flight key", placeholder="2013-12-20_UA1545_EWR-IAH_1730", key="flight", bind="query-params")
    if key:
        flight = asking.published_flight(parts.connection(), key.strip())
        if flight is None:
            st.warning("The published warehouse has no flight with this key.")
        else:
            show(answer(prepared, flight))
