"""Checks of the incident *Brilliant overnight*: what features see, and whose predictions readers see."""

import csv
import json
import math
import re

import pytest

#: Builds the features of some days twice: as they were, and with all that happened after an instant changed. Prints the
#: features that differ for flights whose cut was before the instant.
PROGRAM = """
import json, tempfile
from pathlib import Path
import duckdb
from ml.features import build
from ontime import warehouse
from ontime.settings import settings

FIRST, INSTANT = "2013-01-10", "2013-01-17 21:00:00+00"
published = warehouse.published_path()
folder = Path(tempfile.mkdtemp())

def built(name, **changed):
    with duckdb.connect(str(folder / name)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{published}' as published (read_only)")
        connection.execute("create schema marts")
        replaced = ", ".join(f"{value} as {column}" for column, value in changed.items())
        connection.execute(
            f"create table marts.fct_flights as select * {f'replace ({replaced})' if replaced else ''} "
            f"from published.marts.fct_flights where flight_date between '{FIRST}' and '2013-01-19'"
        )
        connection.execute(
            "create table marts.fct_weather_hourly as from published.marts.fct_weather_hourly "
            f"where observed_at between '{FIRST}' and '2013-01-19'"
        )
        connection.execute("detach published")
    return build.build(folder / name).set_index("flight_key")

def later(event, value, column):
    return f"case when {event} > '{INSTANT}' then {value} else {column} end"

before = built("before.duckdb")
after = built(
    "after.duckdb",
    departure_delay_minutes=later("departed_at", 77, "departure_delay_minutes"),
    arrival_delay_minutes=later("arrived_at", 77, "arrival_delay_minutes"),
    is_arrival_delayed=later("arrived_at", "not is_arrival_delayed", "is_arrival_delayed"),
    departed_at=later("departed_at", f"timestamptz '{INSTANT}' + interval 1 second", "departed_at"),
    arrived_at=later("arrived_at", f"timestamptz '{INSTANT}' + interval 1 second", "arrived_at"),
)
with duckdb.connect(str(published), read_only=True) as connection:
    connection.execute("set TimeZone = 'UTC'")
    keys = connection.execute(
        "select flight_key from marts.fct_flights where flight_date between ? and '2013-01-19' "
        f"and scheduled_departure_at between timestamptz '{INSTANT}' - interval 4 hour "
        f"and timestamptz '{INSTANT}' + interval 2 hour",
        [FIRST],
    ).fetchnumpy()["flight_key"]
features = [name for name in before.columns if name not in ("flight_date", "is_arrival_delayed")]
one, two = before.loc[keys, features], after.loc[keys, features]
differ = [name for name in features if not one[name].astype(object).equals(two[name].astype(object))]
print("DIFFER", json.dumps({"features": differ, "flights": len(keys)}))
"""


def truth(world):
    """The flights that models are validated and tested on: those of the last 10 % and 15 % of the days."""
    days, rows = set(), []
    for path in (world.publisher / "flights").glob("*.csv"):
        with path.open(newline="") as lines:
            rows += [tuple(int(row[name]) for name in ("year", "month", "day")) for row in csv.DictReader(lines)]
    days = sorted(set(rows))
    scored = set(days[-math.ceil(0.15 * len(days)) - math.ceil(0.10 * len(days)) :])
    months = sorted({f"{year}-{month:02}" for year, month, _ in scored})
    return {"dataset": "flights", "months": months, "rows_affected": sum(day in scored for day in rows)}


@pytest.fixture(scope="session")
def champion(world):
    """The record of promotions."""
    return json.loads((world.data / "models" / "champion.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def cards(world):
    """The model cards by version, the brilliant one last."""
    paths = (world.data / "models").glob("*/model_card.json")
    cards = [json.loads(path.read_text("utf-8")) for path in paths]
    cards.sort(key=lambda card: card["scores"][card["candidate"]]["test"]["roc_auc"])
    return {card["version"]: card for card in cards}


@pytest.fixture(scope="session")
def good_and_bad(champion, cards):
    """The champion from before the incident, and the brilliant one."""
    return next(version for version in cards if version in champion["promotions"]), [*cards][-1]


def test_contained_model(champion, good_and_bad):
    """The brilliant model was rolled back"""
    assert champion["promotions"][good_and_bad[1]]["rolled_back_at"], (
        f"nobody rolled back from {good_and_bad[1]}: readers had its predictions until the repair, and a training may "
        "promote it again"
    )


def test_champion(champion, good_and_bad):
    """The model from before is the champion"""
    assert champion["version"] == good_and_bad[0], f"the champion is {champion['version']}"


def test_honest(world):
    """No feature changes if all that happens after the cut is changed"""
    run = world.program(PROGRAM)
    assert "DIFFER " in run.printed, f"the features cannot be computed: {run.printed.strip()[-300:]}"
    differ = json.loads(run.printed.partition("DIFFER ")[2].splitlines()[0])
    names = differ["features"]
    assert not names, f"{len(names)} features of {differ['flights']:,} flights change, among them {names[0]}"


def test_predictions(world, champion):
    """The published predictions are the champion's, one for each flight of the days after its training part"""
    problem = world.wrong_predictions(champion["version"], truth(world)["rows_affected"])
    assert not problem, problem


def test_same_predictions(world, champion):
    """They are the ones that the champion gave when it was tested"""
    saved = world.data / "models" / champion["version"] / "predictions.parquet"
    [(tested, different)] = world.query(
        "select count(*), count(*) filter (abs(now.delay_probability - saved.delay_probability) > 1e-9) "
        f"from read_parquet('{saved}') as saved join ml.flight_delay_predictions as now using (flight_key)",
        world.data / "warehouse" / "predictions.duckdb",
    )
    assert tested, "none of its test flights has a published prediction"
    assert not different, f"{different:,} of {tested:,} differ: the features that it gets now are not those of its test"


def test_leaking_features(world, cards, good_and_bad):
    """Diagnosis: how many features leak"""
    names = [feature["name"] for feature in cards[good_and_bad[1]]["features"]]
    given = world.diagnosis.get("leaking_features", "")
    assert isinstance(given, int), f"write a whole number, not “{given}”"
    expected = sum(bool(re.search(r"_last_\d+h$", name)) for name in names)
    assert given == expected, f"you name {given} of {len(names)}: it is each window of hours, of each group"
