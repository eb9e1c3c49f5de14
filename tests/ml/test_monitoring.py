"""Drift and performance by month, compared with computations by hand or with other code."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml import monitoring, train
from ml.evaluation import slices
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.monitoring import drift, outcomes, performance
from ml.registry import store
from ml.work_folder import WorkFolder
from ontime import files, warehouse
from ontime.warehouse import ml_tables

SPLIT = {
    "train_start": "2013-01-01",
    "validation_start": "2013-10-01",
    "test_start": "2013-11-01",
    "test_end": "2013-11-30",
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
    "threshold": {"validation": {"threshold": 0.25}},
    "features": [{"name": name} for name in NAMES],
    "trained_at": "2026-01-01T00:00:00+00:00",
}


# -- drift ---------------------------------------------------------------------------
def test_psi_agrees_with_a_computation_by_hand():
    # Half a flight is added to each cell: 5 + ½ and 15 + ½ of 21; 12 + ½ and 8 + ½ of 21.
    e, a = (5.5 / 21, 15.5 / 21), (12.5 / 21, 8.5 / 21)
    expected = (a[0] - e[0]) * np.log(a[0] / e[0]) + (a[1] - e[1]) * np.log(a[1] / e[1])
    psi = drift.population_stability_index(np.array([5, 15]), np.array([12, 8]))
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
    assert drift.population_stability_index(np.array(expected), np.array(actual)) == 0


@pytest.mark.parametrize(
    ("reference", "edges"),
    [
        # The deciles of 0…99 are 9.9, 19.8 … 89.1.
        pytest.param(range(100), [9.9, 19.8, 29.7, 39.6, 49.5, 59.4, 69.3, 79.2, 89.1], id="no frequent value"),
        # Rain: 95 dry hours are a cell, and the deciles are those of the five wet ones.
        pytest.param(
            [0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0], [0, 1.4, 1.8, 2.2, 2.6, 3, 3.4, 3.8, 4.2, 4.6], id="many zeros"
        ),
        # Visibility: the most frequent value is the highest, and the one below it ends the cell before.
        pytest.param([16.0] * 8 + [4.0, 8.0], [4.4, 4.8, 5.2, 5.6, 6, 6.4, 6.8, 7.2, 7.6, 8, 16], id="a frequent end"),
        pytest.param([3.0] * 5, [3], id="one value"),
        pytest.param([np.nan], [], id="no value"),
    ],
)
def test_the_cells_of_numbers(reference, edges):
    assert drift.edges(pd.Series(reference, dtype=float)) == pytest.approx(edges)


#: Nine months of training with 100 flights each, of which 80 have the value 0, ten have 1 and ten have 2.
ORDINARY = {f"2013-{month:02d}": pd.Series([0.0] * 80 + [1.0] * 10 + [2.0] * 10) for month in range(1, 10)}


@pytest.mark.parametrize(
    ("values", "missing_share", "unseen_share", "status"),
    [
        pytest.param([0.0] * 80 + [1.0] * 10 + [2.0] * 10, 0, 0, "ok", id="as in training"),
        pytest.param([0.0] * 78 + [1.0] * 10 + [2.0] * 10 + [np.nan] * 2, 0.02, 0, "shifted", id="2 % missing"),
        # The ordinary value counts as 1.5 %, the limit is three times that.
        pytest.param([0.0] * 75 + [1.0] * 10 + [2.0] * 10 + [np.nan] * 5, 0.05, 0, "drifted", id="5 % missing"),
        pytest.param([0.0] * 78 + [1.0] * 10 + [2.0] * 10 + [9.0] * 2, 0, 0.02, "shifted", id="2 % above the range"),
        pytest.param([0.0] * 77 + [1.0] * 10 + [2.0] * 10 + [-1.0] * 3, 0, 0.03, "drifted", id="3 % below the range"),
        pytest.param([0.0] * 80 + [0.5] * 10 + [1.0] * 10, 0, 0, "drifted", id="the rare values in another unit"),
    ],
)
def test_the_limits_of_the_measures(values, missing_share, unseen_share, status):
    [row] = drift.drift(ORDINARY, {"2013-11": pd.Series(values)}).to_dict("records")
    assert (row["missing_share"], row["unseen_share"], row["status"]) == (missing_share, unseen_share, status)
    assert (row["flights"], row["missing_share_limit"], row["unseen_share_limit"]) == (100, 0.045, 0.03)


def test_the_limit_of_the_psi_is_three_times_the_largest_between_months_of_training():
    # In May the shares are 0.7 and 0.3 instead of 0.5 and 0.5; January is left out although it differs more.
    training = {f"2013-{month:02d}": pd.Series(["a", "b"]).repeat(1000) for month in range(1, 10)}
    training["2013-05"] = pd.Series(["a"] * 1400 + ["b"] * 600)
    training["2013-01"] = pd.Series(["a"] * 200 + ["b"] * 1800)
    ordinary = max(
        drift.population_stability_index(np.array(others), np.array(month))
        for others, month in (([7200, 8800], [1400, 600]), ([7600, 8400], [1000, 1000]))
    )
    [row] = drift.drift(training, {"2013-10": training["2013-02"]}, is_category=True).to_dict("records")
    assert row["psi_limit"] == pytest.approx(3 * ordinary)
    assert row["psi"] == pytest.approx(drift.population_stability_index(np.array([8600, 9400]), np.array([1000, 1000])))


@pytest.mark.parametrize("code", ["VX", None])
def test_another_category_and_a_missing_one(code):
    training = {f"2013-{month:02d}": pd.Series(["UA", "DL"] * 50) for month in range(1, 10)}
    [row] = drift.drift(training, {"2013-11": pd.Series(["UA"] * 95 + [code] * 5)}, is_category=True).to_dict("records")
    assert (row["unseen_share"], row["missing_share"]) == ((0, 0.05) if code is None else (0.05, 0))
    assert row["status"] == "drifted"


@pytest.mark.parametrize("months", [0, 1, 8])
def test_with_too_few_months_of_training_the_status_is_unknown(months):
    training = dict(list(ORDINARY.items())[:months])
    [row] = drift.drift(training, {"2013-11": pd.Series([5.0] * 10)}).to_dict("records")
    assert (row["status"], np.isnan(row["psi_limit"]), np.isnan(row["psi"])) == ("unknown", True, months == 0)


# -- features with a planted drift ------------------------------------------------------
def made_features() -> pd.DataFrame:
    """A year with 60 flights a day. In November a new airline has half of them, in December gusts are stronger."""
    random = np.random.default_rng(5)
    days = pd.date_range("2013-01-01", "2013-12-31").repeat(60)
    made = pd.DataFrame({"flight_key": [f"f{n:05d}" for n in range(len(days))], "flight_date": days})
    for name in NAMES:
        made[name] = random.integers(0, 5, len(days)) if name in CATEGORICAL else random.normal(0, 1, len(days))
    codes = random.choice(["UA", "DL"], len(days))
    made["airline_code"] = pd.Categorical(np.where((days.month == 11) & (random.random(len(days)) < 0.5), "VX", codes))
    made["origin_wind_gust_meters_per_second"] += np.where(days.month == 12, 2.0, 0.0)
    made["origin_temperature_celsius"] -= 10 * np.cos(2 * np.pi * (days.month - 1) / 12)
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
    table = drift.feature_drift(features_file, SPLIT)
    assert len(table) == 3 * len(NAMES)
    drifted = table[table["status"] == "drifted"]
    assert sorted(zip(drifted["month"], drifted["feature"], strict=True)) == [
        ("2013-11", "airline_code"),
        ("2013-12", "origin_wind_gust_meters_per_second"),
    ]
    # A season moves the temperature more than the planted drift moves the gusts, but it does so every month.
    psi = table.set_index(["month", "feature"])["psi"]
    assert psi["2013-10", "origin_temperature_celsius"] > psi["2013-12", "origin_wind_gust_meters_per_second"]


# -- performance ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def predictions(features_table) -> pd.DataFrame:
    """Probabilities that depend on the outcome. Of the flights of December only those of 20 days have landed."""
    random = np.random.default_rng(6)
    columns = ["flight_date", TARGET, *slices.DIMENSIONS.values()]
    made = features_table[features_table["flight_date"] >= SPLIT["validation_start"]][columns].copy()
    is_late = made[TARGET].to_numpy(dtype=bool)
    made["delay_probability"] = np.clip(np.where(is_late, 0.4, 0.2) + random.normal(0, 0.12, len(made)), 0.01, 0.99)
    made["month"] = made["flight_date"].dt.strftime("%Y-%m")
    made.loc[made["flight_date"] > "2013-12-20", TARGET] = pd.NA
    return made


def test_a_month_is_compared_with_the_test(predictions):
    table = performance.by_month(predictions, CARD).set_index(["month", "score"])
    december = predictions[predictions["flight_date"].between("2013-12-01", "2013-12-20")]
    november = predictions[predictions["month"] == "2013-11"]
    row = table.loc["2013-12", "brier"]
    assert (row["flights"], row["labelled"], row["part"], row["judged_as"]) == (31 * 60, 20 * 60, "new", "skill")
    for flights, name in ((december, "judged"), (november, "judged_promised")):
        labels, probability = flights[TARGET].to_numpy(dtype=bool), flights["delay_probability"]
        base_rate = labels.mean()
        always = np.full(len(labels), base_rate)
        skill = 1 - brier_score_loss(labels, probability) / brier_score_loss(labels, always)
        assert row[name] == pytest.approx(skill)
        skill = 1 - log_loss(labels, probability) / log_loss(labels, always)
        assert table.loc["2013-12", "log_loss"][name] == pytest.approx(skill)
        lift = average_precision_score(labels, probability) / base_rate
        assert table.loc["2013-12", "pr_auc"][name] == pytest.approx(lift)
        assert table.loc["2013-12", "roc_auc"][name] == pytest.approx(roc_auc_score(labels, probability))
    assert row["base_rate"] == pytest.approx(december[TARGET].mean())
    assert row["value"] == pytest.approx(brier_score_loss(december[TARGET].astype(bool), december["delay_probability"]))
    assert row["judged_low"] < row["judged"] < row["judged_high"]
    assert tuple(row[["promised", "promised_low", "promised_high"]]) == PROMISED["brier"]


def test_the_months_of_validation_and_test_are_part_of_the_promise(predictions):
    upside_down = predictions.assign(delay_probability=1 - predictions["delay_probability"])
    table = performance.by_month(upside_down, CARD)
    status = table.groupby("month")["status"].unique()
    assert [list(status[month]) for month in ("2013-10", "2013-11")] == [["part of the promise"]] * 2
    assert list(table.groupby("month")["part"].first()) == ["validation", "test", "new"]


def test_a_month_without_arrivals_has_no_scores(predictions):
    is_december = predictions["month"] == "2013-12"
    table = performance.by_month(predictions.assign(**{TARGET: predictions[TARGET].mask(is_december)}), CARD)
    december = table[table["month"] == "2013-12"]
    assert set(december["labelled"]) == {0}
    assert december[["base_rate", "value", "value_low", "judged", "judged_high"]].isna().all(axis=None)
    assert set(december["status"]) == {"unknown"}


def test_a_month_with_equal_labels_has_a_base_rate_and_no_scores(predictions):
    punctual = performance.by_month(predictions[~predictions[TARGET].fillna(True)], CARD)
    assert set(punctual["base_rate"]) == {0.0}
    assert punctual["value"].isna().all()


def test_without_the_test_part_nothing_is_judged(predictions):
    december = performance.by_month(predictions[predictions["month"] == "2013-12"], CARD)
    assert set(december["status"]) == {"unknown"} and december["judged"].notna().all()


@pytest.mark.parametrize(
    ("worse", "expected"),
    [
        pytest.param(lambda p, _: p, {}, id="as promised"),
        pytest.param(lambda p, _: 1 - p, dict.fromkeys(PROMISED, "worse"), id="nearly always wrong"),
        # A better ranking than promised is no fault.
        pytest.param(lambda p, late: p.mask(late, 0.95).mask(~late, 0.05), {}, id="better"),
    ],
)
def test_a_month_is_worse_when_its_interval_lies_beyond_the_interval_of_the_test(predictions, worse, expected):
    is_december = predictions["month"] == "2013-12"
    probability = predictions["delay_probability"]
    changed = predictions.assign(
        delay_probability=probability.mask(
            is_december, worse(probability, predictions[TARGET].fillna(False).astype(bool))
        )
    )
    table = performance.by_month(changed, CARD).query("month == '2013-12'").set_index("score")
    assert table["status"].to_dict() == dict.fromkeys(PROMISED, "ok") | expected


@pytest.mark.parametrize(
    ("score", "value", "base_rate", "judged"),
    [
        # The embedded year. December's Brier is worse than that of November and December together; its skill is not.
        pytest.param("brier", 0.1794, 0.3355, 1 - 0.1794 / 0.2229, id="Brier of December"),
        pytest.param("brier", 0.1535, 0.2583, 1 - 0.1535 / 0.1916, id="Brier of the test"),
        pytest.param("log_loss", 0.5395, 0.3355, 1 - 0.5395 / 0.6380, id="log-loss of December"),
        pytest.param("pr_auc", 0.4414, 0.1810, 2.4387, id="PR-AUC of November"),
        pytest.param("roc_auc", 0.7, 0.1810, 0.7, id="ROC-AUC does not depend on the base rate"),
    ],
)
def test_what_is_judged_by_hand(score, value, base_rate, judged):
    assert performance.judge(score, value, base_rate) == pytest.approx(judged, abs=2e-4)


@pytest.mark.parametrize(
    ("flipped_share", "is_alarm"), [pytest.param(0, False, id="as it was"), pytest.param(0.05, True, id="5 % flipped")]
)
def test_a_month_with_five_percent_of_the_labels_flipped_is_worse(flipped_share, is_alarm):
    """Calibrated probabilities; December has 33 % late flights, as in 2013, and November 18 %."""
    random = np.random.default_rng(3)
    days = pd.Series(pd.date_range("2013-11-01", "2013-12-31").repeat(400))
    is_december = (days.dt.month == 12).to_numpy()
    probability = random.beta(0.8, np.where(is_december, 1.6, 3.6))
    late = random.random(len(days)) < probability
    late ^= is_december & (random.random(len(days)) < flipped_share)
    flights = pd.DataFrame({"flight_date": days, "month": days.dt.strftime("%Y-%m"), "delay_probability": probability})
    table = performance.by_month(flights.assign(**{TARGET: pd.array(late, dtype="boolean")}), CARD)
    december = table[table["month"] == "2013-12"].set_index("score")
    assert set(december["part"]) == {"new"}
    assert (december["status"] == "worse").any() == is_alarm
    # More late flights lower the lift, which alone is no alarm.
    assert december.loc["pr_auc", "judged_high"] < december.loc["pr_auc", "judged_promised_low"]
    assert december.loc["pr_auc", "status"] == "ok"
    assert set(table.loc[table["month"] == "2013-11", "status"]) == {"part of the promise"}


# -- outcomes -------------------------------------------------------------------------
def test_the_lift_by_hand():
    # The five flights with the highest probabilities have three of the four late ones.
    labels = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0] * 2, dtype=bool)
    probability = np.tile(np.linspace(0.9, 0.1, 10), 2)
    rows = {row["flagged_share"]: row for row in outcomes.lift(labels, probability)}
    assert rows[0.5] == {
        "flagged_share": 0.5,
        "flights": 10,
        "late_flights": 6,
        "late_share": 0.6,
        "caught_share": 0.75,
        "lift": pytest.approx(1.5),
    }
    assert (rows[1.0]["late_share"], rows[1.0]["lift"], len(rows)) == (0.4, 1, 20)


def test_the_tables_of_outcomes(predictions):
    tables = outcomes.tables(predictions, CARD)
    test = predictions[predictions["month"] == "2013-11"]
    late, probability = test[TARGET].astype(bool), test["delay_probability"]
    for table in tables.values():
        assert list(table["part"].unique()) == ["test", "new"]
    tenth = tables["reliability"].query("part == 'test' and lowest_probability == 0.3").iloc[0]
    members = (probability >= 0.3) & (probability < 0.4)
    assert (tenth["flights"], tenth["late_share"]) == (members.sum(), pytest.approx(late[members].mean()))
    assert tenth["late_share_low"] < tenth["late_share"] < tenth["late_share_high"]
    cost = tables["cost"].query("part == 'test'").set_index("threshold")
    missed, false_alarms = (late & (probability < 0.3)).sum(), (~late & (probability >= 0.3)).sum()
    assert cost.loc[0.3, "cost"] == pytest.approx(100 * (3 * missed + false_alarms) / len(test))
    assert list(cost.index[cost["is_champions"]]) == [0.25]
    airline = tables["slices"].query("part == 'test' and dimension == 'airline' and value == 'VX'").iloc[0]
    members = test["airline_code"] == "VX"
    bias = probability[members].mean() - late[members].mean()
    assert (airline["flights"], airline["bias"]) == (members.sum(), pytest.approx(bias))
    assert airline["bias_low"] < bias < airline["bias_high"]


def test_without_arrivals_the_tables_of_outcomes_are_empty_and_typed(predictions):
    tables = outcomes.tables(
        predictions.assign(**{TARGET: pd.array([pd.NA] * len(predictions), dtype="boolean")}), CARD
    )
    assert {name: dict(table.dtypes.astype(str)) for name, table in tables.items()} == outcomes.TYPES
    assert not any(map(len, tables.values()))


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
    assert (result["status"], result["month"], result["champion"]) == ("drifted", "2013-12", "m1")
    assert list(result["months"]) == ["2013-10", "2013-11", "2013-12"]
    [wind] = [message for message in result["months"]["2013-12"] if message.startswith("feature")]
    assert wind.startswith("feature origin_wind_gust_meters_per_second: psi ")
    [airline] = [message for message in result["months"]["2013-11"] if message.startswith("feature")]
    assert airline.startswith("feature airline_code: psi ") and ", unseen share 0.49, limit 0.03" in airline
    lines = capsys.readouterr().out.splitlines()
    expected = [f"{month}, champion m1: {one}" for month, messages in result["months"].items() for one in messages]
    assert [line for line in lines if ", champion m1: " in line] == expected
    assert f"2013-12, champion m1: {wind}" in expected


def test_the_tables_are_published(scored):
    train.monitor(scored)
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        counts = {name: connection.sql(f"SELECT count(*) FROM ml.{name}").fetchall() for name in monitoring.TABLES[:3]}
        assert counts == {
            "feature_drift": [(3 * len(NAMES),)],
            "score_drift": [(3,)],
            "model_performance": [(3 * 5,)],
        }
        limits = connection.sql("SELECT count(psi_limit) FROM ml.feature_drift WHERE month = '2013-11'").fetchall()
        assert limits == [(len(NAMES),)]
        [(comment,)] = connection.sql("SELECT comment FROM duckdb_tables() WHERE table_name = 'score_drift'").fetchall()
        for status in ("ok", "shifted", "drifted", "unknown"):
            assert f"`{status}`" in comment
        [(comment,)] = connection.sql(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'model_performance' AND column_name = 'base_rate'"
        ).fetchall()
        assert comment == "Flights that arrived 15 or more minutes late, as a share of those that arrived."


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
        patch.setattr(drift, "FACTOR", 0.0)
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
