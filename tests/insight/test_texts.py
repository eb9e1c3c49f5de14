"""The texts of the calendar, the hours, a day and the causes, for rows written by hand."""

from datetime import date

import pandas as pd
import pytest

from insight import calendar, causes, day, hours


def days() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "flight_date": [date(2013, 2, 8), date(2013, 2, 9)],
            "flight_count": [1_000, 10],
            "cancelled_count": [100, 6],
            "arrival_count": [900, 4],
            "arrival_delayed_count": [300, 1],
            "late_share": [1 / 3, 0.25],
            "cancelled_share": [0.1, 0.6],
        }
    )


def strip() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "airport_code": ["EWR", "EWR", "JFK"],
            "scheduled_departure_hour": [6, 7, 6],
            "flight_count": [20, 9, 12],
            "cancelled_count": [2, 0, 1],
            "arrival_count": [18, 9, 11],
            "arrival_delayed_count": [3, 9, 4],
            "late_share": [3 / 18, 1.0, 4 / 11],
        }
    )


def minutes_by(column: str, *values: object) -> pd.DataFrame:
    """Two causes for each value: the airline with 30, 60, … minutes, the air traffic system with 10."""
    return pd.DataFrame(
        {
            column: value,
            "airline_name": f"Airline {value}",
            "cause": cause,
            "minutes": amount,
            "share": amount / (30 * (i + 1) + 10),
            "delayed_count": 1_000,
        }
        for i, value in enumerate(values)
        for cause, amount in (("carrier", 30 * (i + 1)), ("nas", 10))
    )


CASES = [
    pytest.param(
        calendar.describe,
        days(),
        "Calendar of 2 days with 1,010 flights; 33.3 % of the arrivals are late. Most late: 8 February 2013 with 33.3 "
        "%; least: 9 February 2013 with 25.0 %. Most cancelled: 9 February 2013 with 6 of 10 flights.",
        id="calendar",
    ),
    pytest.param(
        calendar.describe,
        days().head(1).assign(cancelled_count=0, cancelled_share=0.0, arrival_count=0, arrival_delayed_count=0),
        "Calendar of 1 day with 1,000 flights.",
        id="calendar without arrivals and cancellations",
    ),
    pytest.param(calendar.describe, days().head(0), "No flight departed in this year.", id="calendar without days"),
    pytest.param(
        hours.describe,
        pd.DataFrame(
            {
                "airport": ["EWR", "EWR", "EWR", "all airports"],
                "scheduled_departure_hour": [5, 6, 19, 6],
                "arrival_count": [29, 100, 1_000, 5_000],
                "late_share": [0.0, 0.1, 0.4, 0.2],
            }
        ),
        "Late share by scheduled local hour of departure. EWR: from 10.0 % at 6:00 to 40.0 % at 19:00, 1,100 arrivals. "
        "All airports: from 20.0 % at 6:00 to 20.0 % at 6:00, 5,000 arrivals.",
        id="hours; 29 arrivals are too few",
    ),
    pytest.param(
        day.describe_strip,
        strip(),
        "41 flights from EWR and JFK by hour: 16 of 38 arrivals late, 3 cancelled. Most late: JFK at 6:00, 4 of 11.",
        id="strip; nine arrivals are too few to be the worst",
    ),
    pytest.param(
        day.describe_strip, strip().head(0), "No flight was scheduled on this day.", id="strip without flights"
    ),
    pytest.param(
        day.describe_outcomes,
        strip().assign(on_time_count=[15, 0, 7], diverted_count=0),
        "Bars of 41 flights by hour: 22 on time, 16 late, 3 cancelled and 0 diverted. Most depart at 6:00: 20.",
        id="outcomes",
    ),
    pytest.param(
        day.describe_predictions,
        strip().assign(predicted_late_count=[3.4, 2.0, 4.0]),
        "Of 38 arrivals, 9 were predicted to be late and 16 were late. Furthest apart at 7:00: 2.0 predicted, 9 late.",
        id="predictions",
    ),
    pytest.param(
        day.describe_weather,
        pd.DataFrame({"airport_code": ["EWR", "JFK"], "local_hour": [3, 4], "measure": "gusts", "value": [7.25, 20.0]}),
        "Wind gusts, m/s: from 7.2 (EWR at 3:00) to 20.0 (JFK at 4:00).",
        id="weather",
    ),
    pytest.param(
        causes.describe_months,
        minutes_by("month_start_date", date(2019, 1, 1), date(2019, 2, 1)),
        "Bars of the delay of 2,000 delayed flights in 2 months, by cause: airline 81.8 % and air traffic system "
        "18.2 %.",
        id="causes by month: 90 and 20 of 110 minutes",
    ),
    pytest.param(
        causes.describe_airlines,
        minutes_by("airline_code", "AA", "DL"),
        "Bars of the delay of 2 airlines, by cause: airline 81.8 % and air traffic system 18.2 %. The airline itself "
        "is the cause of 75.0 % (Airline AA) to 85.7 % (Airline DL) of the minutes.",
        id="causes by airline: 30 of 40 minutes, 60 of 70",
    ),
    pytest.param(causes.describe_months, minutes_by("month_start_date"), causes.NOTHING, id="no causes"),
]


@pytest.mark.parametrize(("describe", "rows", "text"), CASES)
def test_the_text(describe, rows, text):
    assert describe(rows) == text
