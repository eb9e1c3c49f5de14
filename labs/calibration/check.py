"""Checks of the lab *calibration*. Bins are cut in SQL; probabilities come from a model fitted here."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

WEATHER = ["temp", "humid", "pressure", "visib", "wind_speed", "precip"]

BINS = """
    select count(*) as flights, avg(probability) as mean_probability, avg(is_late::int) as late_share
    from (select *, ntile($bins) over (order by probability) as bin from flights)
    group by bin order by bin
"""


@pytest.fixture(scope="module")
def tables(year):
    """What a model with balanced classes says of May and June, and of July and August."""
    weather = year.weather[["origin", "time_hour", *WEATHER]].dropna()
    flights = year.flights[lambda table: (table["month"] <= 8) & table["arr_delay"].notna()]
    flights = flights.sample(30_000, random_state=1).merge(weather, on=["origin", "time_hour"])
    features = flights[["hour", "distance", *WEATHER]]
    features = (features - features.mean()) / features.std()
    is_late, learned = flights["arr_delay"] >= 15, flights["month"] <= 4
    with threadpool_limits(1):
        model = LogisticRegression(class_weight="balanced").fit(features[learned], is_late[learned])
        probability = model.predict_proba(features)[:, 1]
    table = pd.DataFrame({"probability": probability, "is_late": is_late}).drop_duplicates("probability")
    month = flights["month"].loc[table.index]
    return table[month.isin([5, 6])], table[month.isin([7, 8])]


@pytest.fixture(scope="module")
def test_table(tables):
    return tables[1]


@pytest.fixture(scope="module")
def calibrate(answer):
    """The answer's function, on copies."""
    module = answer.module

    def call(validation, test):
        result = np.asarray(module.calibrated(validation.copy(), test.copy()), dtype=float)
        assert result.shape == (len(test),), f"for {len(test):,} flights your result has the shape {result.shape}"
        return result

    return call


@pytest.fixture(scope="module")
def result(calibrate, tables):
    return calibrate(*tables)


def cut(flights, bins):
    with duckdb.connect() as connection:
        connection.register("flights", flights)
        return connection.execute(BINS, {"bins": bins}).df()


def error(flights):
    rows = cut(flights, 10)
    return (rows["flights"] * (rows["mean_probability"] - rows["late_share"]).abs()).sum() / len(flights)


def test_reliability(answer, test_table):
    """The reliability table has bins of equal counts, with mean probability and share of late flights"""
    table = test_table.head(len(test_table) // 70 * 70)
    for bins in (10, 7):
        rows, truth = answer.module.reliability(table.copy(), bins), cut(table, bins)
        assert set(truth.columns) <= set(rows.columns), f"your columns are {', '.join(map(str, rows.columns))}"
        assert rows["flights"].tolist() == truth["flights"].tolist(), (
            f"with {bins} bins, yours have from {rows['flights'].min():,} to {rows['flights'].max():,} flights; all "
            f"should have about {round(len(table) / bins, -2):,.0f}"
        )
        for name in ("mean_probability", "late_share"):
            assert np.allclose(rows[name].astype(float), truth[name]), (
                f"with {bins} bins, your {name} goes from {rows[name].iloc[0]:.2f} to {rows[name].iloc[-1]:.2f}; it "
                f"should be from about {truth[name].iloc[0]:.1f} to {truth[name].iloc[-1]:.1f}"
            )


def test_ties(answer, test_table):
    """Bins have equal counts also where many flights have the same probability"""
    rows = answer.module.reliability(test_table.assign(probability=test_table["probability"].round(1)), 10)
    counts = rows["flights"].tolist()
    assert len(counts) == 10, f"with rounded probabilities, your table has {len(counts)} bins instead of 10"
    assert max(counts) - min(counts) <= 1, f"with rounded probabilities, your bins have {counts} flights"


def test_error(answer, test_table):
    """The calibration error is the mean distance between probability and share"""
    half = test_table["probability"] < test_table["probability"].median()
    crossed = test_table.assign(probability=np.where(half, 0.6, 0.1) + test_table["probability"] / 1000)
    for name, table in (("of the model", test_table), ("of probabilities that are upside down", crossed)):
        yours, truth = answer.module.calibration_error(table.copy()), error(table)
        assert yours == pytest.approx(truth), f"the error {name} is {yours:.3f} in your answer, and about {truth:.1f}"


def test_range(calibrate, tables):
    """The new probabilities are between 0 and 1, also for values that the validation does not have"""
    validation, test = tables
    middle = validation[validation["probability"].between(0.3, 0.7)]
    result = calibrate(middle, test)
    assert not np.isnan(result).any(), (
        f"{np.isnan(result).sum():,} of {len(test):,} new probabilities are missing when `validation` has only "
        "probabilities from 0.3 to 0.7"
    )
    assert (result.min() >= 0) & (result.max() <= 1), (
        f"your probabilities go from {result.min():.2f} to {result.max():.2f}"
    )


def test_ranking(result, test_table):
    """The order of the flights stays: nothing is turned around, and hardly anything becomes equal"""
    in_order = result[np.argsort(test_table["probability"].to_numpy())]
    falls = (np.diff(in_order) < -1e-9).sum()
    assert falls == 0, f"in the order of the model, your probabilities fall {falls:,} times"
    before = roc_auc_score(test_table["is_late"], test_table["probability"])
    after = roc_auc_score(test_table["is_late"], result)
    assert abs(after - before) < 0.01, f"the ROC-AUC was {before:.3f} and is {after:.3f} after your calibration"


def test_labels(calibrate, tables, result):
    """Shuffled labels in the test give the same probabilities"""
    validation, test = tables
    shuffled = test["is_late"].sample(frac=1, random_state=3).to_numpy()
    other = calibrate(validation, test.assign(is_late=shuffled))
    differ = ~np.isclose(other, result)
    assert not differ.any(), f"{differ.sum():,} of {len(test):,} probabilities change with the labels of the test"


def test_other_rows(calibrate, tables, result):
    """A flight's probability does not depend on the other flights of the test"""
    validation, test = tables
    differ = ~np.isclose(calibrate(validation, test.head(100)), result[:100])
    assert not differ.any(), f"{differ.sum()} of 100 probabilities are others when `test` has only these 100 flights"


def test_calibrated(result, tables):
    """After calibration, probabilities are about the share of late flights"""
    validation, test = tables
    own = IsotonicRegression(out_of_bounds="clip").fit(validation["probability"], validation["is_late"])
    possible = error(test.assign(probability=own.predict(test["probability"])))
    before, after = error(test), error(test.assign(probability=result))
    assert after < possible + 0.015, (
        f"the calibration error was {before:.3f} and is {after:.3f} after your calibration; about {possible:.2f} is "
        "possible"
    )
