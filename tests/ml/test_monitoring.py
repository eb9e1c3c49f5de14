"""Drift and performance by month, compared with computations by hand or with other code."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.metrics import log_loss, roc_auc_score

from ml import monitoring, train
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.registry import store
from ml.work_folder import WorkFolder
from ontime import files, warehouse
from ontime.warehouse import ml_tables

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
def test_psi_agrees_with_a_computation_by_hand():
    # Half a flight is added to each cell: 5 + ½ and 15 + ½ of 21; 12 + ½ and 8 + ½ of 21.
    e, a = (5.5 / 21, 15.5 / 21), (12.5 / 21, 8.5 / 21)
    expected = (a[0] - e[0]) * np.log(a[0] / e[0]) + (a[1] - e[1]) * np.log(a[1] / e[1])
    psi = monitoring.population_stability_index(np.array([5, 15]), np.array([12, 8]))
    assert psi == pytest.approx(expected)
    assert psi == pytest.approx(0.4739, abs=1e-4)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param([10, 30], [10, 30], id="two cells"),
        pytest.param([10, 30, 0], [10, 30, 0], id="a cell that is empty in both"),
    ],
)
def test_equal_shares_have_a_psi_of_zero(expected, actual):
    assert monitoring.population_stability_index(np.array(expected), np.array(actual)) == 0


@pytest.mark.parametrize(
    ("values", "reference", "is_category", "counts"),
    [
        # The deciles of 0…99 are 9.9, 19.8 … 89.1: 9.9 is between 9 and 10.
        (range(50), range(100), False, ([10] * 10 + [0], [10] * 5 + [0] * 6)),
        # Most values are zero: the equal deciles form one cell, and larger values another.
        ([0.0, 0.0, 3.0], [0.0] * 95 + [1.0] * 5, False, ([95, 5, 0], [2, 1, 0])),
        # Missing values are a cell of their own.
        ([1.0, np.nan], [1.0, 1.0, 1.0, np.nan], False, ([3, 0, 1], [1, 0, 1])),
        # VX is a new category.
        (["UA", "VX"], ["UA", "UA", "DL"], True, ([2, 1, 0], [1, 0, 1])),
    ],
    ids=["numbers", "many zeros", "missing", "categories"],
)
def test_psi_compares_deciles_categories_and_missing_values(values, reference, is_category, counts):
    drift = monitoring.drift("2013-11", pd.Series(reference), pd.Series(values), is_category)
    assert drift.psi == pytest.approx(monitoring.population_stability_index(*map(np.array, counts)))
    assert drift.flights == len(values)


def test_ks_is_the_largest_distance_between_the_cumulative_shares():
    random = np.random.default_rng(1)
    reference, values = random.normal(0, 1, 900).round(1), random.normal(0.4, 1, 300).round(1)
    steps = np.unique(np.concatenate([reference, values]))
    by_hand = max(abs(np.mean(reference <= step) - np.mean(values <= step)) for step in steps)
    assert monitoring.drift("2013-11", pd.Series(reference), pd.Series(values)).ks == pytest.approx(by_hand)


def test_ks_ignores_missing_values_and_is_missing_for_categories():
    reference, missing = pd.Series([1.0, 2.0, np.nan]), pd.Series([np.nan, np.nan])
    assert monitoring.drift("2013-11", reference, pd.Series([1.0, 2.0])).ks == 0
    assert np.isnan(monitoring.drift("2013-11", reference, missing).ks)
    assert np.isnan(monitoring.drift("2013-11", pd.Series(["UA"]), pd.Series(["UA"]), is_category=True).ks)


def test_without_a_reference_the_status_is_unknown():
    drift = monitoring.drift("2013-11", pd.Series([], dtype=float), pd.Series([1.0]))
    assert (np.isnan(drift.psi), drift.status) == (True, "unknown")


@pytest.mark.parametrize(
    ("more_in_one", "psi", "status"),
    [
        # PSI = d · ln((0.5 + d) / (0.5 − d)) for shares of 0.5 ± d instead of 0.5
        pytest.param(1500, 0.0928, "ok", id="below 0.1"),
        pytest.param(1600, 0.1061, "shifted", id="above 0.1"),
        pytest.param(2350, 0.2397, "shifted", id="below 0.25"),
        pytest.param(2450, 0.2626, "drifted", id="above 0.25"),
    ],
)
def test_the_limits_of_psi_alone(more_in_one, psi, status):
    reference = pd.Series(["a", "b"]).repeat(5000)
    values = pd.Series(["a"] * (5000 + more_in_one) + ["b"] * (5000 - more_in_one))
    drift = monitoring.drift("2013-05", reference, values, is_category=True)
    assert (round(drift.psi, 4), drift.status) == (psi, status)


@pytest.mark.parametrize(("zeros", "ks", "status"), [(740, 0.24, "ok"), (760, 0.26, "drifted")])
def test_the_limit_of_ks_alone(zeros, ks, status):
    # Nine flights in ten have no value, so PSI hardly changes.
    reference = pd.Series([0.0] * 500 + [1.0] * 500 + [np.nan] * 9000)
    drift = monitoring.drift("2013-05", reference, pd.Series([0.0] * zeros + [1.0] * (1000 - zeros) + [np.nan] * 9000))
    assert (round(drift.ks, 4), drift.status) == (ks, status)
    assert drift.psi < monitoring.PSI_SHIFTED


@pytest.mark.parametrize(
    ("shift", "status"),
    [(0.0, "ok"), (0.35, "shifted"), (0.8, "drifted")],
)
def test_a_shifted_normal_distribution_has_the_psi_and_ks_of_theory(shift, status):
    # Shifted by d standard deviations, PSI is d² and KS is 2Φ(d/2) − 1: 0.12 and 0.14, or 0.64 and 0.31.
    points = np.arange(1, 4000) / 4000
    reference = pd.Series(np.sqrt(2) * _inverse_error_function(2 * points - 1))
    drift = monitoring.drift("2013-11", reference, reference + shift)
    assert drift.status == status
    assert drift.psi == pytest.approx(shift**2, rel=0.15)
    assert drift.ks == pytest.approx(kstest(reference, lambda x: _normal(x - shift)).statistic, abs=0.001)


def _inverse_error_function(x):
    from scipy.special import erfinv

    return erfinv(x)


def _normal(x):
    from scipy.special import ndtr

    return ndtr(x)


# -- features with a planted drift ------------------------------------------------------
def made_features() -> pd.DataFrame:
    """January to May, 120 flights a day. In April a new airline has half of the flights, in May gusts are stronger."""
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


def test_only_the_planted_drift_is_reported(features_file):
    table = monitoring.feature_drift(features_file, SPLIT)
    assert len(table) == 3 * len(NAMES)
    drifted = table[(table["status"] == "drifted") & ~table["is_seasonal"]]
    assert sorted(zip(drifted["month"], drifted["feature"], strict=True)) == [
        ("2013-04", "airline_code"),
        ("2013-05", "origin_wind_gust_meters_per_second"),
    ]
    unchanged = table[(table["month"] == "2013-03") & ~table["is_seasonal"]]
    assert set(unchanged["status"]) == {"ok"}
    # Seasonal drift is in the table, but marked as seasonal.
    seasonal = table[table["feature"] == "origin_temperature_celsius"].set_index("month")
    assert seasonal.loc["2013-05", ["status", "is_seasonal"]].to_list() == ["drifted", True]


# -- performance ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def predictions(features_table) -> pd.DataFrame:
    """Probabilities that depend on the outcome. Only a few flights of April have landed, and none of May."""
    random = np.random.default_rng(6)
    made = features_table[features_table["flight_date"] >= SPLIT["validation_start"]][["flight_date", TARGET]].copy()
    is_late = made[TARGET].to_numpy(dtype=bool)
    made["delay_probability"] = np.clip(np.where(is_late, 0.4, 0.2) + random.normal(0, 0.12, len(made)), 0.01, 0.99)
    made["month"] = made["flight_date"].dt.strftime("%Y-%m")
    made.loc[made["flight_date"] > "2013-04-10", TARGET] = pd.NA
    return made


def test_the_performance_of_a_month_is_compared_with_the_model_card(predictions):
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


def test_a_month_without_arrivals_has_no_scores(predictions):
    may = monitoring.performance(predictions, CARD).query("month == '2013-05'")
    assert set(may["labelled"]) == {0}
    assert may[["base_rate", "value", "value_low", "value_high"]].isna().all(axis=None)
    assert set(may["status"]) == {"ok"}


def test_a_month_with_equal_labels_has_a_base_rate_and_no_scores(predictions):
    punctual = monitoring.performance(predictions[~predictions[TARGET].fillna(True)], CARD)
    assert set(punctual["base_rate"]) == {0.0}
    assert punctual["value"].isna().all()


@pytest.mark.parametrize(
    ("probability", "is_worse"),
    [
        pytest.param(lambda p: p, False, id="as promised"),
        pytest.param(lambda p: 1 - p, True, id="nearly always wrong"),
    ],
)
def test_a_score_is_worse_when_its_interval_lies_beyond_the_promised_interval(predictions, probability, is_worse):
    march = predictions[predictions["month"] == "2013-03"]
    table = monitoring.performance(march.assign(delay_probability=probability(march["delay_probability"])), CARD)
    assert dict(zip(table["score"], table["status"] == "worse", strict=True)) == dict.fromkeys(PROMISED, is_worse)


# -- the step of the training ---------------------------------------------------------
@pytest.fixture
def scored(data_dir, features_table, predictions, monkeypatch, always):
    """A work folder and published predictions, as the earlier steps leave them."""
    work = WorkFolder("v2")
    work.path.mkdir(parents=True)
    features_table.loc[predictions.index, TARGET] = predictions[TARGET]
    features_table.to_parquet(work.features, index=False)
    rows = predictions.assign(flight_key=features_table["flight_key"], model_version="m1")
    rows[["flight_key", "delay_probability", "model_version"]].to_parquet(data_dir / "predictions.parquet")
    warehouse.publish_predictions(data_dir / "predictions.parquet", "m1")
    monkeypatch.setattr(store, "load_champion", lambda: (always(0.25), CARD))
    return {"version": "v2", "champion": "m1", "rows": len(rows)}


def test_the_step_returns_and_prints_what_drifted(scored, capsys):
    result = train.monitor(scored)
    assert (result["status"], result["month"], result["champion"]) == ("drifted", "2013-05", "m1")
    assert list(result["months"]) == ["2013-03", "2013-04", "2013-05"]
    [wind] = [message for message in result["months"]["2013-05"] if message.startswith("feature")]
    assert wind.startswith("feature origin_wind_gust_meters_per_second: PSI ")
    [airline] = [message for message in result["months"]["2013-04"] if message.startswith("feature")]
    assert airline.startswith("feature airline_code: PSI ") and "KS" not in airline
    lines = capsys.readouterr().out.splitlines()
    drift_lines = [line for line in lines if "has drifted" in line]
    assert len(drift_lines) == sum(len(messages) for messages in result["months"].values())
    assert f"2013-05 has drifted (champion m1): {wind}" in lines


def test_three_tables_are_published(scored):
    train.monitor(scored)
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        counts = {name: connection.sql(f"SELECT count(*) FROM ml.{name}").fetchall() for name in monitoring.TABLES}
        assert counts == {
            "feature_drift": [(3 * len(NAMES),)],
            "score_drift": [(3,)],
            "model_performance": [(3 * 5,)],
        }
        unknown = connection.sql("SELECT value FROM ml.model_performance WHERE month = '2013-05'").fetchall()
        assert unknown == [(None,)] * 5, "NaN is published as NULL"


def test_a_second_run_computes_and_publishes_nothing(scored, monkeypatch):
    result, before = train.monitor(scored), warehouse.current("monitoring")
    monkeypatch.setattr(monitoring, "tables", lambda *_: pytest.fail("computed again"))
    assert train.monitor(scored) == result
    assert warehouse.current("monitoring") == before


def test_the_same_flights_give_the_same_bytes(scored, always, tmp_path):
    digests = []
    for name in ("first", "second"):
        tables = monitoring.tables(
            always(0.25), CARD, WorkFolder("v2").features, warehouse.published_path("predictions")
        )
        for table_name, table in tables.items():
            table.to_parquet(tmp_path / f"{name}-{table_name}")
        digests.append([files.file_sha256(tmp_path / f"{name}-{table_name}") for table_name in tables])
    assert digests[0] == digests[1]


def test_a_run_killed_before_publishing_keeps_the_published_tables(scored, monkeypatch):
    train.monitor(scored)
    before = warehouse.current("monitoring")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(monitoring, "KS_DRIFTED", 0.0)
        WorkFolder("v2").monitoring("m1").rename(WorkFolder("v2").path / "before")
        patch.setattr(ml_tables, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        train.monitor(scored)
    assert warehouse.current("monitoring") == before
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        statuses = connection.sql("SELECT count(DISTINCT status) FROM ml.feature_drift").fetchall()
    assert statuses > [(1,)]
    # The next run publishes what the killed one computed.
    train.monitor(scored)
    assert warehouse.current("monitoring").version > before.version


def test_predictions_that_were_changed_are_not_monitored(scored):
    file = warehouse.current("predictions").path
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE ml.flight_delay_predictions SET delay_probability = 1 - delay_probability")
    with pytest.raises(warehouse.DamagedVersion, match="has been changed since it was published"):
        train.monitor(scored)
    assert warehouse.current("monitoring") is None


def test_without_predictions_nothing_is_monitored(data_dir):
    assert train.monitor({"version": "v2", "champion": None, "rows": 0})["status"] == "nothing scored"
    assert warehouse.current("monitoring") is None
