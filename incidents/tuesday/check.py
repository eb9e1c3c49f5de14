"""Checks of the incident *Worse since Tuesday*: which model is the champion, and whose predictions readers see."""

import csv
import json
import math

import duckdb
import pytest


def scored_days(world):
    """The days that models of this incident are validated and tested on: the last 10 % and 15 % of all days."""
    days = set()
    for path in (world.publisher / "flights").glob("*.csv"):
        with path.open(newline="") as lines:
            days |= {tuple(int(row[name]) for name in ("year", "month", "day")) for row in csv.DictReader(lines)}
    return set(sorted(days)[-math.ceil(0.15 * len(days)) - math.ceil(0.10 * len(days)) :])


def truth(world):
    """The flights of these days, as the publisher has them."""
    days, rows = scored_days(world), 0
    for path in (world.publisher / "flights").glob("*.csv"):
        with path.open(newline="") as lines:
            rows += sum((int(row["year"]), int(row["month"]), int(row["day"])) in days for row in csv.DictReader(lines))
    months = sorted({f"{year}-{month:02}" for year, month, _ in days})
    return {"dataset": "flights", "months": months, "rows_affected": rows}


@pytest.fixture(scope="session")
def champion(world):
    """The record of promotions."""
    return json.loads((world.data / "models" / "champion.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def versions(champion):
    """The versions in the order of their first promotion: the good model, then the bad one."""
    numbers = {version: promotion["number"] for version, promotion in champion["promotions"].items()}
    return sorted(numbers, key=numbers.__getitem__)


@pytest.fixture(scope="session")
def cards(world):
    """The model cards by version."""
    paths = (world.data / "models").glob("*/model_card.json")
    return {path.parent.name: json.loads(path.read_text("utf-8")) for path in paths}


@pytest.fixture(scope="session")
def good_and_bad(cards):
    """The version with all features, and the one without some of them."""
    by_features = sorted(cards, key=lambda version: len(cards[version]["features"]))
    return by_features[-1], by_features[0]


def test_contained_model(champion, good_and_bad):
    """The bad model was rolled back"""
    bad = champion["promotions"][good_and_bad[1]]
    assert bad["rolled_back_at"], (
        f"nobody rolled back from {good_and_bad[1]}: readers had its predictions until the repair, and a training may "
        "promote it again"
    )


def test_champion(champion, good_and_bad):
    """The model from before Tuesday is the champion"""
    assert champion["version"] == good_and_bad[0], f"the champion is {champion['version']}"


def test_predictions(world, champion):
    """The published predictions are the champion's, one for each flight of the days after its training part"""
    problem = world.wrong_predictions(champion["version"], truth(world)["rows_affected"])
    assert not problem, problem


def test_log_loss(world, cards, good_and_bad):
    """On the test days they are as good as they were before Tuesday"""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{world.data}/warehouse/predictions.duckdb' as predicted (read_only)")
        connection.execute(f"attach '{world.published}' as published (read_only)")
        card = cards[good_and_bad[0]]
        [(loss,)] = connection.execute(
            """
            select avg(-ln(case when is_arrival_delayed then delay_probability else 1 - delay_probability end))
            from predicted.ml.flight_delay_predictions join published.marts.fct_flights using (flight_key)
            where is_arrival_delayed is not null and flight_date >= ?::date
            """,
            [card["split"]["test_start"]],
        ).fetchall()
    expected = card["scores"][card["candidate"]]["test"]["log_loss"]
    assert math.isclose(loss, expected, abs_tol=1e-4), (
        f"their log-loss is {loss:.4f}; it should be about {expected:.3f}"
    )


def test_features(world, cards, good_and_bad):
    """The code computes the features that the champion was trained on"""
    run = world.program("from ml.features.catalog import NAMES; print('NAMES', *NAMES)")
    assert "NAMES " in run.printed, f"the features cannot be read: {run.printed[-300:]}"
    names = run.printed.partition("NAMES ")[2].split()
    missing = {feature["name"] for feature in cards[good_and_bad[0]]["features"]} - {*names}
    assert not missing, f"{len(missing)} of the champion's features are not computed, such as {min(missing)}"


def test_lost_features(world, cards, good_and_bad):
    """Diagnosis: how many features were lost"""
    good, bad = ({feature["name"] for feature in cards[version]["features"]} for version in good_and_bad)
    given = world.diagnosis.get("lost_features", "")
    assert isinstance(given, int), f"write a whole number, not “{given}”"
    assert given == len(good - bad), "compare the lists of features in the two model cards"
