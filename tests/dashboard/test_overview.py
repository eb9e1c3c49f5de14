"""Overview: what is published, whether it is healthy, and findings that equal those of the flights themselves."""

from collections import defaultdict
from dataclasses import replace

import duckdb
import pytest

from insight import overview
from insight.published import connect, current
from ml.registry import store
from ontime import ledger
from tests.dashboard.conftest import texts
from tests.ontime.test_ledger import CLEAN


def flights(version) -> list[dict]:
    with duckdb.connect(str(version.path), read_only=True) as warehouse_file:
        result = warehouse_file.execute("FROM marts.fct_flights")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def late_percents(rows: list[dict], key) -> dict:
    """The late share of the arrivals by a key, as it is written on the page."""
    arrivals: dict = defaultdict(list)
    for row in rows:
        if row["arrival_delay_minutes"] is not None:
            arrivals[key(row)].append(row["arrival_delay_minutes"] >= 15)
    return {name: f"{100 * sum(late) / len(late):.1f} %" for name, late in arrivals.items()}


def test_the_findings_are_those_of_the_flights(year):
    rows = flights(year)
    with connect(current()) as connection:
        hours, airlines, day = overview.findings(connection)
    percents = late_percents(rows, lambda row: row["scheduled_departure_local_at"].hour)
    assert hours.headline == "Leave at 6:00, not at 18:00"
    assert f"{percents[6]} of the flights" in hours.sentence and f"{percents[18]} do" in hours.sentence
    percents = late_percents(rows, lambda row: row["airline_code"])
    names = {"B6": "JetBlue Airways", "DL": "Delta Air Lines Inc.", "UA": "United Air Lines Inc."}
    order = sorted(percents, key=lambda code: float(percents[code].split()[0]))
    assert airlines.headline == f"{names[order[0]]} is the most punctual large airline"
    assert f"{names[order[-1]]} has {percents[order[-1]]}" in airlines.sentence
    days: dict = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        counts = days[row["flight_date"]]
        counts[0] += 1
        counts[1] += row["is_cancelled"]
        counts[2] += (row["arrival_delay_minutes"] or 0) >= 15
    worst = min(days, key=lambda name: (-(days[name][1] + days[name][2]) / days[name][0], name))
    assert day.choices == {"day": f"{worst:%Y-%m-%d}"}
    assert day.sentence == (
        f"Of {days[worst][0]} flights, {days[worst][1]} were cancelled and {days[worst][2]} arrived late."
    )


def test_the_page_shows_what_is_published(open_page, one_month):
    app = open_page("overview")
    assert not app.exception
    shown = {metric.label: metric.value for metric in app.metric}
    late = late_percents(flights(one_month), lambda row: "all")["all"]
    assert shown["Months"] == "2013-01"
    assert shown["Flights"] == "837"
    assert shown["Late arrivals"] == late
    assert shown["Published"] in ("just now", "1 minute ago", "2 minutes ago")


def test_a_champion_and_a_failed_run_are_named(open_page, one_month, monkeypatch):
    card = {"candidate": "hist_gradient_boosting", "scores": {"hist_gradient_boosting": {"test": {"roc_auc": 0.7612}}}}
    monkeypatch.setattr(store, "champion_card", lambda: card)
    ledger.append(replace(CLEAN, state="failed"))
    shown = texts(open_page("overview"))
    assert "Champion: hist gradient boosting, ROC-AUC 0.761 on its test." in shown
    assert ":red[✗] The last run of flights failed." in shown


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        pytest.param([], "No flight has arrived in these months.", id="no flights"),
        pytest.param([(1, 100, 25)], "25.0 % of 100 arrivals were 15 minutes late or more.", id="one month"),
        pytest.param(
            [(1, 100, 25), (2, 300, 30), (3, 0, 0)],
            "13.8 % of 400 arrivals were 15 minutes late or more: "
            "from 10.0 % in February 2013 to 25.0 % in January 2013.",
            id="the months with the extremes",
        ),
    ],
)
def test_the_chart_says_what_it_shows(months, expected):
    values = ", ".join(f"(DATE '2013-{month:02}-01', {arrivals}, {late})" for month, arrivals, late in months)
    rows = duckdb.sql(f"""
        SELECT *, arrival_delayed_count / nullif(arrival_count, 0) AS late_share
        FROM (VALUES {values or "(DATE '2013-01-01', 0, 0)"})
        AS months (month_start_date, arrival_count, arrival_delayed_count)
    """).df()
    assert overview.describe(rows) == expected
