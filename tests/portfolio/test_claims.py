"""The data chooses the words: for each wording, data for which it holds and data that makes it false."""

import re

import pytest

from insight import published
from ontime.settings import PROJECT_DIR
from portfolio.claims import WORDINGS, choose
from portfolio.facts import fact, from_queries
from tests.portfolio.published import made_flights, publish

HOURS = {"hours.best_hour": 6, "hours.worst_hour": 21, "hours.best_share": 0.1, "hours.worst_share": 0.4,
         "hours.hour_count": 5, "hours.rising_share": 1.0}  # fmt: skip
MONTHS = {"months.best_month": "2013-09-01", "months.worst_month": "2013-07-01", "months.best_share": 0.1,
          "months.worst_share": 0.3, "months.month_count": 12}  # fmt: skip
DAYS = {"days.worst_date": "2013-02-09", "days.cancelled_share": 0.57, "days.cancelled_count": 393,
        "days.day_count": 365}  # fmt: skip
AIRLINES = {"airlines.best_name": "A", "airlines.worst_name": "B", "airlines.best_share": 0.1,
            "airlines.worst_share": 0.3, "airlines.large_share": 0.05, "airlines.airline_count": 8}  # fmt: skip
DESTINATIONS = {"destinations.best_name": "A", "destinations.worst_name": "B", "destinations.best_share": 0.1,
                "destinations.worst_share": 0.3, "destinations.large_count": 9,
                "destinations.destination_count": 99}  # fmt: skip
RAIN = {"rain.wet_share": 0.486, "rain.dry_share": 0.228}
OPINION = {"opinion.flight_count": 999, "opinion.odds_difference": 5e-14, "opinion.error_difference": 7e-11}
MODEL = {"model.pairs_share": 0.76, "model.expected_share": 0.25, "model.late_share": 0.26}
INCIDENTS = {"incidents.incident_count": 14, "incidents.solved_count": 2}
LABS = {"labs.lab_count": 21, "labs.solved_count": 3, "labs.check_count": 17}
FLAGGED = {"flagged.flagged_share": 0.1, "flagged.caught_share": 0.28}

CASES = [
    pytest.param(
        "lateness",
        {"flights.late_share": 0.245, "flights.cancelled_share": 0.025},
        "24.5 % of the arrivals are fifteen minutes late or more; 2.5 % of the scheduled flights are cancelled.",
        id="late and cancelled",
    ),
    pytest.param("lateness", {"flights.cancelled_share": 1.0}, None, id="no flight arrived"),
    pytest.param("hours", HOURS, "Leave early.", id="each hour is worse than the one before"),
    pytest.param("hours", HOURS | {"hours.worst_hour": 3}, "The hour matters:", id="the worst hour comes first"),
    pytest.param("hours", HOURS | {"hours.rising_share": 0.5}, "The hour matters:", id="no order of the hours"),
    pytest.param("hours", HOURS | {"hours.worst_share": 0.11}, "The hour hardly matters:", id="hours alike"),
    pytest.param("hours", HOURS | {"hours.worst_share": 0.1, "hours.hour_count": 1}, None, id="one hour"),
    pytest.param("months", MONTHS, "July 2013 was the worst month, with 30.0 %", id="July is worst"),
    pytest.param("months", MONTHS | {"months.worst_share": 0.115}, "The months were alike:", id="months alike"),
    pytest.param("months", MONTHS | {"months.month_count": 1}, None, id="one month"),
    pytest.param("days", DAYS, "Traffic collapsed on 9 February 2013: 57.0 %", id="a collapse"),
    pytest.param("days", DAYS | {"days.cancelled_share": 0.1}, "Most cancellations on one day:", id="no collapse"),
    pytest.param("days", DAYS | {"days.cancelled_share": 0.0, "days.cancelled_count": 0}, "On none", id="none"),
    pytest.param("airlines", AIRLINES, "(5.0 % of the arrivals or more), A was late in 10.0 %", id="airlines differ"),
    pytest.param("airlines", AIRLINES | {"airlines.worst_share": 0.1}, "The large airlines were", id="airlines alike"),
    pytest.param("airlines", AIRLINES | {"airlines.airline_count": 1}, None, id="one airline"),
    pytest.param("rain", RAIN, "Rain and snow delay flights: of those", id="rain delays"),
    pytest.param("rain", RAIN | {"rain.wet_share": 0.23}, "hardly matter: of the flights", id="rain does not matter"),
    pytest.param("rain", RAIN | {"rain.wet_share": 0.1}, "late in dry hours (22.8 %) than", id="worse in dry hours"),
    pytest.param("rain", {"rain.dry_share": 0.228}, None, id="no rain"),
    pytest.param("opinion", OPINION, "R agrees: fitted to the same 999 flights", id="R agrees"),
    pytest.param("opinion", OPINION | {"opinion.error_difference": 0.01}, "R does not agree", id="R does not agree"),
    pytest.param("opinion", {}, None, id="R was not asked"),
    pytest.param("destinations", DESTINATIONS, "Of 99 destinations, the large ones differ", id="destinations differ"),
    pytest.param("destinations", DESTINATIONS | {"destinations.worst_share": 0.1}, "The large ones", id="alike"),
    pytest.param("ranking", MODEL, "the model already knows a lot", id="a good model"),
    pytest.param("ranking", MODEL | {"model.pairs_share": 0.6}, "is better than chance", id="a weak model"),
    pytest.param("ranking", MODEL | {"model.pairs_share": 0.51}, "is no better than chance", id="a coin"),
    pytest.param("flagged", FLAGGED, "Check the riskiest tenth first: in", id="flags find late flights"),
    pytest.param("flagged", FLAGGED | {"flagged.caught_share": 0.1}, "Flagging does not pay", id="flags find none"),
    pytest.param("calibration", MODEL, "On average its probabilities are right", id="calibrated"),
    pytest.param("calibration", MODEL | {"model.expected_share": 0.2}, "were too low", id="too low"),
    pytest.param("calibration", MODEL | {"model.expected_share": 0.35}, "were too high", id="too high"),
    pytest.param("calibration", {}, None, id="no model"),
    pytest.param("incidents", INCIDENTS, "Repaired: 2 of 14 incidents.", id="some incidents"),
    pytest.param("incidents", INCIDENTS | {"incidents.solved_count": 0}, "None of the 14 incidents", id="no incident"),
    pytest.param("labs", LABS, "Solved: 3 of 21 labs. Checks that hold: 17.", id="some labs"),
    pytest.param("labs", LABS | {"labs.solved_count": 21}, "All 21 labs are solved.", id="all labs"),
    pytest.param("labs", LABS | {"labs.solved_count": 0}, "None of the 21 labs has been solved in", id="no lab"),
]  # fmt: skip


def written(name, values):
    facts = {each: fact(each, value) for each, value in values.items()}
    claim = choose(facts).get(name)
    return claim.written(facts) if claim else None


@pytest.mark.parametrize(("name", "values", "words"), CASES)
def test_the_wording_follows_from_the_values(name, values, words):
    text = written(name, values)
    assert (words in text) if words else (text is None)


def test_every_wording_has_a_case():
    used = {text for case in CASES if (text := _wording(*case.values[:2]))}
    assert {text for wordings in WORDINGS.values() for text, _ in wordings} - used == set()


def _wording(name, values):
    claim = choose({each: fact(each, value) for each, value in values.items()}).get(name)
    return claim.text if claim else None


@pytest.mark.parametrize(
    ("change", "name", "before", "after"),
    [
        pytest.param(
            lambda f: f.assign(hour=27 - f["hour"]), "hours", "Leave early.", "The hour matters:", id="hours reversed"
        ),
        pytest.param(
            lambda f: f.assign(delay=f["delay"].where(f["flight_date"].dt.month != 1, 60)),
            *("months", "February 2013 was the worst month", "January 2013 was the worst month"),
            id="a worse January",
        ),
        pytest.param(
            lambda f: f.assign(is_cancelled=f["is_cancelled"] | (f["flight_date"] == "2013-02-09")),
            *("days", "Most cancellations on one day", "Traffic collapsed on 9 February 2013: 100.0 %"),
            id="a day without flights",
        ),
    ],
)
def test_flights_that_make_a_claim_false_change_its_words(data_dir, change, name, before, after):
    flights = made_flights()
    for version, words in ((flights, before), (change(flights), after)):
        publish(version)
        now = published.current()
        with published.connect(now) as connection:
            facts = from_queries(connection, now)
        assert words in choose(facts)[name].written(facts)


def test_no_digit_is_typed_in_a_wording_or_a_template():
    for wordings in WORDINGS.values():
        for text, _ in wordings:
            assert not re.search(r"\d", text), text
    for path in sorted((PROJECT_DIR / "portfolio" / "templates").glob("*.html")):
        visible = re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}|<[^>]+>|&#?\w+;", " ", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"\d", visible), f"{path.name}: {re.findall(r'.*?[0-9].*', visible)}"
