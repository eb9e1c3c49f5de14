"""Choices that several pages offer. Their values are part of the page's address, so every view is a link."""

import streamlit as st

from dashboard import parts


def months() -> dict[str, str]:
    """A range of the published months: the parameters ``first_month`` and ``last_month`` of a query, as first days.

    Raises :class:`dashboard.parts.Missing` without a flight.
    """
    rows = parts.query("SELECT DISTINCT month_start_date FROM marts.agg_route_airline_monthly ORDER BY ALL").fetchall()
    options = [f"{month:%Y-%m}" for (month,) in rows]
    if not options:
        raise parts.Missing(NO_FLIGHTS)
    first = last = options[0]
    if len(options) > 1:
        ends = (options[0], options[-1])
        first, last = st.select_slider("Months", options, value=ends, key="months", bind="query-params")
    return {"first_month": f"{first}-01", "last_month": f"{last}-01"}


def airport(label: str = "Airport of departure", with_all: bool = False) -> str | None:
    """An airport of departure, the one with most flights first. None: all of them, if the page offers that.

    Raises :class:`dashboard.parts.Missing` without a flight.
    """
    names = airports()
    if not names:
        raise parts.Missing(NO_FLIGHTS)
    # The options are the codes, without names, because an option is also a value in the address.
    options = [ALL, *names] if with_all else list(names)
    chosen = st.selectbox(label, options, key="airport", bind="query-params")
    st.caption(names.get(chosen, "All airports"))
    return None if chosen == ALL else chosen


def airports() -> dict[str, str]:
    """The airports of departure, the one with most flights first: code to name."""
    return dict(parts.query(_AIRPORTS).fetchall())


def destination(airport: str, months: dict[str, str]) -> str | None:
    """A destination from an airport in these months, the one with most flights first. None: all of them."""
    codes = [code for (code,) in parts.query(_DESTINATIONS, airport=airport, **months).fetchall()]
    if st.session_state.get("to", ALL) not in (ALL, *codes):
        st.session_state["to"] = ALL  # the airport or the months have changed, and no longer have this destination
    chosen = st.selectbox("Destination", [ALL, *codes], key="to", bind="query-params")
    return None if chosen == ALL else chosen


ALL = "all"
NO_FLIGHTS = "The published warehouse has no flights yet: load a month of them first."

_AIRPORTS = """
    SELECT origin_airport_code, any_value(airport_name)
    FROM marts.agg_flights_daily
    INNER JOIN marts.dim_airports ON origin_airport_code = airport_code
    GROUP BY origin_airport_code
    ORDER BY sum(flight_count) DESC, origin_airport_code
"""
_DESTINATIONS = """
    SELECT destination_airport_code
    FROM marts.agg_route_airline_monthly
    WHERE origin_airport_code = $airport AND month_start_date BETWEEN $first_month::date AND $last_month::date
    GROUP BY destination_airport_code
    ORDER BY sum(flight_count) DESC, destination_airport_code
"""
