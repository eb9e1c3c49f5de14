"""Facts equal what pandas and scikit-learn compute from the same flights."""

import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from insight import overview, published
from portfolio.facts import Fact, fact, from_queries
from tests.portfolio.conftest import PROBABILITY
from tests.portfolio.published import AIRLINES, made_flights, publish, publish_model


@pytest.fixture(scope="module")
def flights():
    flights = made_flights()
    return flights.assign(is_late=(flights["delay"] >= 15) & ~flights["is_cancelled"])


@pytest.fixture(scope="module")
def facts(module_data_dir, flights) -> dict[str, Fact]:
    publish(flights)
    publish_model(PROBABILITY, test_months=("2013-03",))
    return computed()


def computed() -> dict[str, Fact]:
    now = published.current()
    with published.connect(now) as connection:
        return from_queries(connection, now)


def shares(flights, by):
    arrived = flights[~flights["is_cancelled"]]
    return arrived.groupby(by)["is_late"].mean().sort_values()


def test_counts_and_shares_of_the_flights(facts, flights):
    arrived = flights[~flights["is_cancelled"]]
    assert facts["flights.flight_count"].value == len(flights) == 4050
    assert facts["flights.arrival_count"].value == len(arrived)
    assert facts["flights.origin_count"].value == 3
    assert facts["flights.month_count"].value == 3
    assert facts["flights.first_date"].text == "1 January 2013"
    assert facts["flights.last_date"].text == "31 March 2013"
    assert facts["flights.late_share"].value == pytest.approx(arrived["is_late"].mean(), abs=1e-9)
    assert facts["flights.cancelled_share"].value == pytest.approx(flights["is_cancelled"].mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("topic", "key", "by", "named"),
    [
        ("hours", "hour", "hour", int),
        ("airlines", "name", "airline", AIRLINES.get),
    ],
)
def test_the_best_and_the_worst(facts, flights, topic, key, by, named):
    late = shares(flights, by)
    assert facts[f"{topic}.best_{key}"].value == named(late.index[0])
    assert facts[f"{topic}.worst_{key}"].value == named(late.index[-1])
    assert facts[f"{topic}.best_share"].value == pytest.approx(late.iloc[0], abs=1e-9)
    assert facts[f"{topic}.worst_share"].value == pytest.approx(late.iloc[-1], abs=1e-9)


def test_site_and_dashboard_name_the_same_hours_and_airlines(facts, module_data_dir):
    with published.connect(published.current()) as connection:
        findings = {finding.page: finding for finding in overview.findings(connection)}
    hours, airlines = findings["network"].headline, findings["airlines"]
    assert hours == f"Leave at {facts['hours.best_hour'].text}, not at {facts['hours.worst_hour'].text}"
    assert airlines.headline == f"{facts['airlines.best_name'].value} is the most punctual large airline"
    assert f"{facts['airlines.worst_name'].value} has {facts['airlines.worst_share'].text}" in airlines.sentence


def test_months_days_and_destinations(facts, flights):
    late = shares(flights, flights["flight_date"].dt.to_period("M"))
    assert facts["months.worst_month"].text == "February 2013"
    assert facts["months.worst_share"].value == pytest.approx(late.iloc[-1], abs=1e-9)
    cancelled = flights.groupby("flight_date")["is_cancelled"].mean()
    assert facts["days.cancelled_share"].value == pytest.approx(cancelled.max(), abs=1e-9)
    assert facts["days.worst_date"].value == f"{cancelled.idxmax():%Y-%m-%d}"
    assert facts["destinations.destination_count"].value == flights["destination"].nunique()
    assert facts["destinations.worst_share"].value == pytest.approx(shares(flights, "destination").iloc[-1], abs=1e-9)


def test_the_order_of_the_hours(facts, flights):
    late = shares(flights, "hour").sort_index().to_list()
    pairs = [(a, b) for number, a in enumerate(late) for b in late[number + 1 :]]
    assert facts["hours.rising_share"].value == pytest.approx(sum(b > a for a, b in pairs) / len(pairs))


def test_rain(facts, flights):
    arrived = flights[~flights["is_cancelled"]]
    is_wet = (arrived["flight_date"].dt.day % 3 == 0) & (arrived["hour"] < 12)
    assert 0 < is_wet.sum() < len(arrived)
    assert facts["rain.wet_share"].value == pytest.approx(arrived["is_late"][is_wet].mean(), abs=1e-9)
    assert facts["rain.dry_share"].value == pytest.approx(arrived["is_late"][~is_wet].mean(), abs=1e-9)


def test_the_model_is_scored_on_its_test_months_only(facts, flights):
    tested = flights[~flights["is_cancelled"] & (flights["flight_date"] >= "2013-03-01")]
    probability, late = tested["hour"].map(PROBABILITY), tested["is_late"]
    assert facts["model.flight_count"].value == len(tested)
    assert (facts["model.first_date"].text, facts["model.last_date"].text) == ("1 March 2013", "31 March 2013")
    assert facts["model.pairs_share"].value == pytest.approx(roc_auc_score(late, probability), abs=1e-9)
    assert facts["model.expected_share"].value == pytest.approx(probability.mean(), abs=1e-9)
    skill = 1 - brier_score_loss(late, probability) / (late.mean() * (1 - late.mean()))
    assert facts["model.skill"].value == pytest.approx(skill, abs=1e-9)


def test_the_riskiest_tenth_of_the_test(facts, flights):
    tested = flights[~flights["is_cancelled"] & (flights["flight_date"] >= "2013-03-01")]
    key = (tested.index + 1).astype(str)
    by_risk = tested.assign(probability=tested["hour"].map(PROBABILITY), key=key)
    by_risk = by_risk.sort_values(["probability", "key"], ascending=[False, True])
    riskiest = by_risk.head(int(0.1 * len(tested)))
    caught = riskiest["is_late"].sum() / tested["is_late"].sum()
    assert facts["flagged.caught_share"].value == pytest.approx(caught, abs=1e-9)


def test_without_a_model_there_are_no_facts_about_one(data_dir, flights):
    publish(flights)
    assert [name for name in computed() if name.startswith("model.")] == []


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("x.flight_count", 336776, "336,776"),
        ("x.late_share", 0.2446952, "24.5 %"),
        ("x.worst_hour", 5, "5:00"),
        ("x.worst_month", "2013-12-01", "December 2013"),
        ("x.worst_date", "2013-02-09", "9 February 2013"),
        ("x.task_seconds", 1234.56, "1,234.6 s"),
        ("x.odds_difference", 5.3e-14, "5e-14"),
    ],
)
def test_the_end_of_the_name_decides_how_a_fact_is_written(name, value, text):
    assert fact(name, value).text == text


def test_a_name_without_a_rule_is_refused():
    with pytest.raises(KeyError):
        fact("x.of_some_kind", 1)
