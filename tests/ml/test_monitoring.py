"""Drift and performance by month: figures by hand, or by other code than the product's."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.metrics import log_loss, roc_auc_score

from ml import monitoring, train
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.registry import store
from ontime import warehouse
from ontime.settings import settings

SPLIT = {
    "train_start": "2013-01-01",
    "validation_start": "2013-03-01",
    "test_start": "2013-04-01",
    "test_end": "2013-04-30",
}
PROMISED = {
    "roc_auc": (0.76, 0.74, 0.78),
    "pr_auc": (0.58, 0.52, 0.64),
    "brier": (0.15, 0.14, 0.16),
    "log_loss": (0.48, 0.45, 0.50),
    "calibration_error": (0.15, 0.10, 0.20),
}
CARD = {
    "version": "m1",
    "candidate": "constant",
    "split": SPLIT,
    "scores": {"constant": {"test": {score: value for score, (value, _, _) in PROMISED.items()}}},
    "intervals": {"constant": {score: [low, high] for score, (_, low, high) in PROMISED.items()}},
    "features": [{"name": name} for name in NAMES],
    "trained_at": "2026-01-01T00:00:00+00:00",
}


# -- drift ---------------------------------------------------------------------------
def test_psi_by_hand():
    # 5 + ½ and 15 + ½ of 21; 12 + ½ and 8 + ½ of 21.
    e, a = (5.5 / 21, 15.5 / 21), (12.5 / 21, 8.5 / 21)
    expected = (a[0] - e[0]) * np.log(a[0] / e[0]) + (a[1] - e[1]) * np.log(a[1] / e[1])
    found = monitoring.population_stability_index(np.array([5, 15]), np.array([12, 8]))
    assert found == pytest.approx(expected)
    assert found == pytest.approx(0.4739, abs=1e-4)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([10, 30], [10, 30]),
        ([10, 30, 0], [10, 30, 0]),  # a cell that nobody is in tells nothing
    ],
)
def test_the_same_shares_have_no_psi(expected, actual):
    assert monitoring.population_stability_index(np.array(expected), np.array(actual)) == 0


@pytest.mark.parametrize(
    ("values", "reference", "is_category", "counts"),
    [
        # Tenths of 0…99 have their edges at 9.9, 19.8 … 89.1: 9.9 is between 9 and 10.
        (range(50), range(100), False, ([10] * 10 + [0], [10] * 5 + [0] * 6)),
        # Most are zero: the tenths that are all zero are one cell, and what is more is another.
        ([0.0, 0.0, 3.0], [0.0] * 95 + [1.0] * 5, False, ([95, 5, 0], [2, 1, 0])),
        # What is not known is a cell of its own.
        ([1.0, np.nan], [1.0, 1.0, 1.0, np.nan], False, ([3, 0, 1], [1, 0, 1])),
        # A category never seen before.
        (["UA", "VX"], ["UA", "UA", "DL"], True, ([2, 1, 0], [1, 0, 1])),
    ],
    ids=["numbers", "many zeros", "missing", "categories"],
)
def test_which_cells_are_compared(values, reference, is_category, counts):
    found = monitoring.drift("2013-11", pd.Series(reference), pd.Series(values), is_category)
    assert found.psi == pytest.approx(monitoring.population_stability_index(*map(np.array, counts)))
    assert found.flights == len(values)


def test_ks_is_the_largest_distance_of_the_cumulative_shares():
    random = np.random.default_rng(1)
    reference, values = random.normal(0, 1, 900).round(1), random.normal(0.4, 1, 300).round(1)
    steps = np.unique(np.concatenate([reference, values]))
    by_hand = max(abs(np.mean(reference <= step) - np.mean(values <= step)) for step in steps)
    assert monitoring.drift("2013-11", pd.Series(reference), pd.Series(values)).ks == pytest.approx(by_hand)


def test_ks_leaves_out_what_is_not_known_and_says_nothing_of_categories():
    known, missing = pd.Series([1.0, 2.0, np.nan]), pd.Series([np.nan, np.nan])
    assert monitoring.drift("2013-11", known, pd.Series([1.0, 2.0])).ks == 0
    assert np.isnan(monitoring.drift("2013-11", known, missing).ks)
    assert np.isnan(monitoring.drift("2013-11", pd.Series(["UA"]), pd.Series(["UA"]), is_category=True).ks)


def test_without_a_reference_nothing_is_known():
    found = monitoring.drift("2013-11", pd.Series([], dtype=float), pd.Series([1.0]))
    assert (np.isnan(found.psi), found.status) == (True, "unknown")


@pytest.mark.parametrize(
    ("shift", "status"),
    [(0.0, "ok"), (0.35, "shifted"), (0.8, "drifted")],
)
def test_a_normal_that_has_moved(shift, status):
    # Moved by d standard deviations its PSI is d², and its KS 2Φ(d/2) − 1: 0.12 and 0.14, 0.64 and 0.31.
    points = np.arange(1, 4000) / 4000
    reference = pd.Series(np.sqrt(2) * _inverse_error_function(2 * points - 1))
    found = monitoring.drift("2013-11", reference, reference + shift)
    assert found.status == status
    assert found.psi == pytest.approx(shift**2, rel=0.15)
    assert found.ks == pytest.approx(kstest(reference, lambda x: _normal(x - shift)).statistic, abs=0.001)


def _inverse_error_function(x):
    from scipy.special import erfinv

    return erfinv(x)


def _normal(x):
    from scipy.special import ndtr

    return ndtr(x)


# -- a warehouse of features with a planted drift ---------------------------------------
def made_features() -> pd.DataFrame:
    """January to May, 120 flights a day: in April a new airline has half of them, in May gusts are stronger."""
    random = np.random.default_rng(5)
    days = pd.date_range("2013-01-01", "2013-05-31").repeat(120)
    made = pd.DataFrame({"flight_key": [f"f{n:05d}" for n in range(len(days))], "flight_date": days})
    for name in NAMES:
        made[name] = random.integers(0, 5, len(days)) if name in CATEGORICAL else random.normal(0, 1, len(days))
    codes = random.choice(["UA", "DL"], len(days))
    made["airline_code"] = pd.Categorical(np.where((days.month == 4) & (random.random(len(days)) < 0.5), "VX", codes))
    made["origin_wind_gust_meters_per_second"] += np.where(days.month == 5, 2.0, 0.0)
    made["origin_temperature_celsius"] += 3.0 * days.month
    made[TARGET] = pd.array(random.random(len(days)) < 0.25, dtype="boolean")
    return made


@pytest.fixture(scope="module")
def features_table() -> pd.DataFrame:
    return made_features()


@pytest.fixture
def features_file(features_table, tmp_path):
    features_table.to_parquet(tmp_path / "features.parquet", index=False)
    return tmp_path / "features.parquet"


def test_a_planted_drift_is_found_and_nothing_else(features_file):
    found = monitoring.feature_drift(features_file, SPLIT)
    assert len(found) == 3 * len(NAMES)
    drifted = found[(found["status"] == "drifted") & ~found["is_seasonal"]]
    assert sorted(zip(drifted["month"], drifted["feature"], strict=True)) == [
        ("2013-04", "airline_code"),
        ("2013-05", "origin_wind_gust_meters_per_second"),
    ]
    unchanged = found[(found["month"] == "2013-03") & ~found["is_seasonal"]]
    assert set(unchanged["status"]) == {"ok"}
    # The season is told, and no alarm.
    seasonal = found[found["feature"] == "origin_temperature_celsius"].set_index("month")
    assert seasonal.loc["2013-05", ["status", "is_seasonal"]].to_list() == ["drifted", True]


# -- performance ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def predictions(features_table) -> pd.DataFrame:
    """Probabilities that know something; of April only a few have landed, of May none."""
    random = np.random.default_rng(6)
    made = features_table[features_table["flight_date"] >= SPLIT["validation_start"]][["flight_date", TARGET]].copy()
    is_late = made[TARGET].to_numpy(dtype=bool)
    made["delay_probability"] = np.clip(np.where(is_late, 0.4, 0.2) + random.normal(0, 0.12, len(made)), 0.01, 0.99)
    made["month"] = made["flight_date"].dt.strftime("%Y-%m")
    made.loc[made["flight_date"] > "2013-04-10", TARGET] = pd.NA
    return made


def test_performance_of_a_month_beside_what_was_promised(predictions):
    table = monitoring.performance(predictions, CARD).set_index(["month", "score"])
    april = predictions[predictions["flight_date"].between("2013-04-01", "2013-04-10")]
    labels = april[TARGET].to_numpy(dtype=bool)
    row = table.loc["2013-04", "roc_auc"]
    assert (row["flights"], row["labelled"], row["part"]) == (30 * 120, 10 * 120, "test")
    assert row["base_rate"] == pytest.approx(labels.mean())
    assert row["value"] == pytest.approx(roc_auc_score(labels, april["delay_probability"]))
    assert row["value_low"] < row["value"] < row["value_high"]
    assert table.loc["2013-04", "log_loss"]["value"] == pytest.approx(log_loss(labels, april["delay_probability"]))
    assert tuple(row[["promised", "promised_low", "promised_high"]]) == PROMISED["roc_auc"]
    assert set(table.loc["2013-03"]["part"]) == {"validation"}
    assert set(table.loc["2013-05"]["part"]) == {"new"}


def test_a_month_that_nobody_has_landed_in_has_no_scores(predictions):
    may = monitoring.performance(predictions, CARD).query("month == '2013-05'")
    assert set(may["labelled"]) == {0}
    assert may[["base_rate", "value", "value_low", "value_high"]].isna().all(axis=None)
    assert set(may["status"]) == {"ok"}


def test_a_month_of_one_kind_has_a_base_rate_and_no_scores(predictions):
    punctual = monitoring.performance(predictions[~predictions[TARGET].fillna(True)], CARD)
    assert set(punctual["base_rate"]) == {0.0}
    assert punctual["value"].isna().all()


@pytest.mark.parametrize(
    ("probability", "is_worse"),
    [
        (lambda p: p, False),
        (lambda p: 1 - p, True),  # a model that is wrong about nearly everything
    ],
)
def test_worse_is_an_interval_that_lies_beyond_the_promised_one(predictions, probability, is_worse):
    march = predictions[predictions["month"] == "2013-03"]
    table = monitoring.performance(march.assign(delay_probability=probability(march["delay_probability"])), CARD)
    assert dict(zip(table["score"], table["status"] == "worse", strict=True)) == dict.fromkeys(PROMISED, is_worse)


# -- the step of the training ---------------------------------------------------------
@pytest.fixture
def scored(data_dir, features_table, predictions, monkeypatch, always):
    """A work folder and published predictions, as the steps before leave them."""
    work = settings.models_dir / "work" / "v2"
    work.mkdir(parents=True)
    features_table.loc[predictions.index, TARGET] = predictions[TARGET]
    features_table.to_parquet(work / "features.parquet", index=False)
    rows = predictions.assign(flight_key=features_table["flight_key"], model_version="m1")
    rows[["flight_key", "delay_probability", "model_version"]].to_parquet(data_dir / "predictions.parquet")
    warehouse.publish_predictions(data_dir / "predictions.parquet", "m1")
    monkeypatch.setattr(store, "load_champion", lambda: (always(0.25), CARD))
    return {"version": "v2", "champion": "m1", "rows": len(rows)}


def test_what_the_asset_and_the_log_say(scored, capsys):
    told = train.monitor(scored)
    assert (told["status"], told["month"], told["champion"]) == ("drifted", "2013-05", "m1")
    assert list(told["months"]) == ["2013-03", "2013-04", "2013-05"]
    [wind] = [breach for breach in told["months"]["2013-05"] if breach.startswith("feature")]
    assert wind.startswith("feature origin_wind_gust_meters_per_second: PSI ")
    [airline] = [breach for breach in told["months"]["2013-04"] if breach.startswith("feature")]
    assert airline.startswith("feature airline_code: PSI ") and "KS" not in airline
    lines = capsys.readouterr().out.splitlines()
    told_lines = [line for line in lines if "has drifted" in line]
    assert len(told_lines) == sum(len(breaches) for breaches in told["months"].values())
    assert f"2013-05 has drifted from what m1 learned or promised: {wind}" in lines


def test_what_is_published(scored):
    train.monitor(scored)
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        counts = {name: connection.sql(f"SELECT count(*) FROM ml.{name}").fetchall() for name in monitoring.TABLES}
        assert counts == {
            "feature_drift": [(3 * len(NAMES),)],
            "score_drift": [(3,)],
            "model_performance": [(3 * 5,)],
        }
        unknown = connection.sql("SELECT value FROM ml.model_performance WHERE month = '2013-05'").fetchall()
        assert unknown == [(None,)] * 5, "not a number is nothing in a table"


def test_looking_again_publishes_nothing_new(scored, monkeypatch):
    told, before = train.monitor(scored), warehouse.current("monitoring")
    monkeypatch.setattr(monitoring, "tables", lambda *_: pytest.fail("computed again"))
    assert train.monitor(scored) == told
    assert warehouse.current("monitoring") == before


@pytest.mark.more
def test_the_same_flights_give_the_same_bytes(scored, always, tmp_path):
    files = []
    for name in ("first", "again"):
        tables = monitoring.tables(always(0.25), CARD, train._features("v2"), warehouse.published_path("predictions"))
        files.append([tmp_path / f"{name}-{table}" for table in tables])
        for file, table in zip(files[-1], tables.values(), strict=True):
            table.to_parquet(file)
    assert [files.file_sha256(file) for file in files[0]] == [files.file_sha256(file) for file in files[1]]


@pytest.mark.more
def test_killed_before_it_publishes_it_leaves_what_was_there(scored, monkeypatch):
    train.monitor(scored)
    before = warehouse.current("monitoring")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(monitoring, "KS_DRIFTED", 0.0)
        (train._work("v2") / "monitoring-m1").rename(train._work("v2") / "before")
        patch.setattr(warehouse, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        train.monitor(scored)
    assert warehouse.current("monitoring") == before
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        statuses = connection.sql("SELECT count(DISTINCT status) FROM ml.feature_drift").fetchall()
    assert statuses > [(1,)]
    # Run again, it ends what was begun.
    train.monitor(scored)
    assert warehouse.current("monitoring").version > before.version


def test_without_predictions_there_is_nothing_to_look_at(data_dir):
    assert train.monitor({"version": "v2", "champion": None, "rows": 0})["status"] == "nothing scored"
    assert warehouse.current("monitoring") is None
