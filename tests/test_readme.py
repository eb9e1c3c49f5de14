"""Every command of the README, run as it stands there, and the figures it promises."""

import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from ml.evaluation.split import split_in_time
from ml.features.catalog import CATEGORICAL, FEATURES, TARGET, Availability
from ontime.settings import PROJECT_DIR, settings
from tests import year
from tests.newcomer import shell, shell_environment

README = (PROJECT_DIR / "README.md").read_text()
FIGURES = """
    SELECT
        count(*), count_if(is_cancelled), count(arrival_delay_minutes), count_if(is_arrival_delayed),
        count(weather_key), sum(departure_delay_minutes), sum(arrival_delay_minutes), sum(distance_miles),
        count_if(NOT has_aircraft), count(DISTINCT route_key), count(DISTINCT flight_key)
    FROM marts.fct_flights
"""
YEAR = (336_776, 8_255, 327_346, 80_100, 335_220, 4_152_200, 2_257_174, 350_217_607, 52_606, 224, 336_776)
SCHEDULE = [feature.name for feature in FEATURES if feature.availability is Availability.SCHEDULE]
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
TABLE_COMMANDS = re.findall(r"^\| `(make [\w-]+)` \|", README, re.MULTILINE)


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return shell_environment(tmp_path_factory.mktemp("readme"))


def block_with(command: str) -> str:
    [block] = [block for block in BLOCKS if command in block]
    return block


@pytest.fixture(scope="module")
def demo(environment) -> str:
    return shell(block_with("make demo"), environment)


@pytest.fixture(scope="module")
def expected(demo, environment) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", Path(environment["ONTIME_DATA_DIR"]))
        return year.expected()


@pytest.fixture(scope="module")
def found(demo, environment) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", Path(environment["ONTIME_DATA_DIR"]))
        return year.found()


def published(environment: dict[str, str], query: str) -> tuple:
    path = Path(environment["ONTIME_DATA_DIR"]) / "warehouse" / "ontime.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchone()


def test_these_are_all_the_commands():
    assert len(BLOCKS) == 4
    assert TABLE_COMMANDS == [
        "make up",
        "make up-docker",
        "make test-more",
        "make test-docker",
        "make bench",
        "make doctor",
        "make lint",
        "make clean",
    ]


@pytest.mark.timeout(900)
def test_the_demo_publishes_the_year(demo, environment):
    assert published(environment, FIGURES) == YEAR


def test_the_demo_tells_the_readmes_figures(demo):
    told = re.sub(r"[│┃ ]+", " ", demo)
    for dataset, raw, clean, quarantined in re.findall(
        r"^\| (\w+) \| ([\d,]+) \| ([\d,]+) \| (\d+)", README, re.MULTILINE
    ):
        assert f" {dataset} {raw} {clean} {quarantined} " in told
    assert "(base rate 25.8%)" in demo


def test_the_model_scores_what_the_readme_says_and_no_leak(demo, environment):
    models = Path(environment["ONTIME_DATA_DIR"]) / "models"
    version = json.loads((models / "champion.json").read_text())["version"]
    card = json.loads((models / version / "model_card.json").read_text())
    scores = card["scores"][card["candidate"]]["test"]
    in_readme = [
        float(score)
        for score in re.findall(r"LightGBM\*\* \(champion\) \| (.*) \|", README)[0].replace("*", "").split("|")
    ]
    measured = [scores[name] for name in ("roc_auc", "pr_auc", "brier", "log_loss", "calibration_error")]
    # Libraries' last digits differ between processors.
    assert measured == pytest.approx(in_readme, abs=0.003)
    intervals = re.findall(r"95 % interval, by day \| (.*) \|", README)[0].split(" | ")
    in_readme = [float(end) for ends in intervals for end in ends.split("–")]
    names, found = ("roc_auc", "pr_auc", "brier", "log_loss", "calibration_error"), card["intervals"][card["candidate"]]
    assert [end for name in names for end in found[name]] == pytest.approx(in_readme, abs=0.004)
    # What a good model reaches here, and what only a leak would.
    assert 0.745 <= scores["roc_auc"] <= 0.775
    assert scores["pr_auc"] >= 0.56
    assert scores["brier"] <= 0.158
    assert scores["log_loss"] <= 0.487
    assert scores["calibration_error"] <= 0.02
    others = {name: both["test"]["roc_auc"] for name, both in card["scores"].items()}
    assert scores["roc_auc"] >= others["logistic_regression"] + 0.008
    assert scores["roc_auc"] >= others["climatology"] + 0.13
    assert card["base_rate"]["test"] == pytest.approx(0.258, abs=0.0005)


def test_the_schedule_alone_says_little(demo, environment):
    """From the timetable nobody reaches 0.68: a model that does has been told how the flights went."""
    models = Path(environment["ONTIME_DATA_DIR"]) / "models"
    version = json.loads((models / "champion.json").read_text())["version"]
    columns = ["flight_date", TARGET, *SCHEDULE]
    flights = pd.read_parquet(models / "work" / version / "features.parquet", columns=columns).dropna(subset=TARGET)
    flights = flights.astype({TARGET: bool, **dict.fromkeys(CATEGORICAL, "category")})
    train, test = (split_in_time(flights).part(name, flights) for name in ("train", "test"))
    trees = HistGradientBoostingClassifier(
        max_leaf_nodes=15, min_samples_leaf=500, early_stopping=False, random_state=0
    )
    late = trees.fit(train[SCHEDULE], train[TARGET]).predict_proba(test[SCHEDULE])[:, 1]
    assert 0.62 <= roc_auc_score(test[TARGET], late) <= 0.68


def test_no_flight_is_lost(expected, found):
    assert len(found) == 336_776
    pd.testing.assert_frame_equal(found[year.KEY], expected[year.KEY], check_dtype=False)


@pytest.mark.parametrize("name", year.INSTANTS)
def test_every_instant_of_the_year(expected, found, name):
    pd.testing.assert_series_equal(
        found[name].astype("datetime64[us, UTC]"), expected[name].astype("datetime64[us, UTC]")
    )


def test_scheduled_departure_is_in_the_hour_that_the_publisher_says(expected, found):
    assert (found["scheduled_departure_at"].dt.floor("h") == expected["time_hour"]).all()


def test_the_clean_files_add_up(found):
    assert found["is_cancelled"].sum() == 8_255
    assert found["is_diverted"].sum() == 1_175
    assert found["arrived_at"].notna().sum() == 327_346
    assert found["departure_delay_minutes"].sum() == 4_152_200
    assert found["arrival_delay_minutes"].sum() == 2_257_174
    assert found["distance_miles"].sum() == 350_217_607


def test_reported_times_agree_but_for_one_that_clocks_skipped(found):
    wrong = found[found["reported_times_agree"].eq(False)]
    # Landed at 03:03 summer time, reported as 02:03, which 10 March did not have in Florida.
    assert wrong[["airline_code", "flight_number", "arrived_at"]].to_numpy().tolist() == [
        ["B6", 35, pd.Timestamp("2013-03-10 07:03", tz="UTC")]
    ]


@pytest.mark.timeout(900)
def test_steps_by_hand(demo, environment):
    printed = shell(block_with("python -m spark_jobs"), environment)
    assert "flights 2013-03: 28,834 rows" in printed
    assert "flights 2013-03: 28,834 raw = 28,834 clean + 0 quarantined" in printed
    assert "Completed successfully" in printed
    assert published(environment, FIGURES) == YEAR
    printed = shell("source .venv/bin/activate\n" + block_with("rollback"), environment)
    assert "AirTran Airways Corporation" in printed
    [current] = re.findall(r"\* +│ (\S+)", printed)
    [before] = re.findall(r"ontime\.duckdb is now (\S+)", printed)
    assert before < current
    assert "champion" in printed and "lightgbm" in printed
    assert "fct_flights" in (Path(environment["ONTIME_DATA_DIR"]) / "dbt_docs" / "index.html").read_text()


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (PROJECT_DIR / target).exists(), target
