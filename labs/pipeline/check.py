"""Checks of the lab *pipeline*. A simple model of the check's own, without a pipeline, says which score is possible."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

CATEGORIES = ["carrier", "origin", "dest", "hour"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib", "pressure"]
WEATHER = ["temp", "wind_speed", "precip", "visib", "pressure"]
TRAIN_FLIGHTS, TEST_FLIGHTS = 3_000, 1_200


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small matrices: more threads would only wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def tables(year):
    """Flights of January to September to learn from, flights of November and December to predict."""
    flights = year.flights.dropna(subset="arr_delay").assign(is_late=lambda table: table["arr_delay"] >= 15)
    train = with_weather(flights[flights["month"] <= 9].sample(TRAIN_FLIGHTS, random_state=1), year)
    # Only categories that both tables have: new ones have a check of their own.
    last_months = flights[flights["month"] >= 11]
    for name in CATEGORIES:
        last_months = last_months[last_months[name].isin(train[name])]
    return train, with_weather(last_months.sample(TEST_FLIGHTS, random_state=2), year)


def with_weather(flights, year):
    """The flights with the last report before the prediction, two hours before departure.

    The report of an hour is known when that hour has ended, so it is the one of three hours before.
    """
    hours = pd.to_datetime(flights["time_hour"]) - pd.Timedelta(hours=3)
    flights = flights.assign(time_hour=hours.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    joined = flights.merge(year.weather[["origin", "time_hour", *WEATHER]], on=["origin", "time_hour"], how="left")
    return joined[[*CATEGORIES, *NUMBERS, "is_late"]]


@pytest.fixture(scope="module")
def predict(answer):
    """The answer's function, on copies, with its result checked to be probabilities."""
    module = answer.module

    def call(train, test):
        result = np.asarray(module.probabilities(train.copy(), test.copy()), dtype=float)
        assert result.shape == (len(test),), (
            f"for {len(test):,} flights your result has the shape {result.shape}: one probability for each is needed"
        )
        assert np.isfinite(result).all(), f"{(~np.isfinite(result)).sum():,} of {len(test):,} probabilities are missing"
        return result

    return call


@pytest.fixture(scope="module")
def complete(tables):
    """Both tables without rows that lack a number."""
    return tuple(table.dropna().reset_index(drop=True) for table in tables)


@pytest.fixture(scope="module")
def expected(predict, complete):
    """The answer's probabilities for the complete rows."""
    return predict(*complete)


def same(yours, others):
    return np.abs(yours - others).max() < 1e-4


def test_model(answer, complete, expected):
    """All preparation is in the pipeline: it takes raw columns and gives your probabilities"""
    train, test = complete
    columns = CATEGORIES + NUMBERS
    model = answer.module.model()
    assert type(model).__name__ == "Pipeline", f"model() returns a {type(model).__name__}, not a Pipeline"
    assert not hasattr(model[-1], "classes_"), "model() returns a model that is fitted already"
    try:
        alone = clone(model).fit(train[columns], train["is_late"]).predict_proba(test[columns])[:, 1]
    except Exception as problem:
        message = str(problem).strip().splitlines()[0]
        raise AssertionError(f"model() cannot be fitted on the raw columns: {message}") from problem
    assert same(alone, expected), "model(), fitted on the raw columns, gives other probabilities than your function"


def test_new_category(predict, complete):
    """A flight of a new airline to a new airport has a probability"""
    train, test = complete
    predict(train, test.head(100).assign(carrier="ZZ", dest="ZZZ"))


def test_missing(predict, tables):
    """A flight without a weather report has a probability, and in training it breaks nothing"""
    train, test = tables
    result = predict(train, test)
    predict(train, test.head(50).assign(**dict.fromkeys(WEATHER, np.nan)))
    score = roc_auc_score(test["is_late"], result)
    assert score > 0.55, f"your ROC-AUC is {score:.2f} once rows with missing numbers are in the tables"


def test_other_rows(predict, complete, expected):
    """A flight's probability does not depend on the other flights that are predicted with it"""
    train, test = complete
    first = test.head(100)
    others = test.tail(400).assign(distance=20_000, temp=-40, pressure=900)
    among_others = predict(train, pd.concat([first, others], ignore_index=True))[:100]
    most = np.abs(among_others - expected[:100]).argmax()
    assert same(among_others, expected[:100]), (
        f"a flight's probability is {expected[most]:.4f}, and {among_others[most]:.4f} when other flights are "
        "predicted with it: something is learned from `test`"
    )


def test_one_flight(predict, complete, expected):
    """One flight alone has the probability that it has in the table"""
    train, test = complete
    alone = predict(train, test.head(1))
    assert same(alone, expected[:1]), (
        f"the first flight's probability is {expected[0]:.4f} in the table, and {alone[0]:.4f} alone"
    )


def test_labels(predict, complete, expected):
    """Shuffled labels in the test give the same probabilities"""
    train, test = complete
    shuffled = test["is_late"].sample(frac=1, random_state=3).to_numpy()
    result = predict(train, test.assign(is_late=shuffled))
    assert same(result, expected), (
        f"{(np.abs(result - expected) > 1e-4).sum():,} of {len(test):,} probabilities change when the labels of the "
        "test are shuffled"
    )


def test_probability(predict, complete):
    """The probabilities say how many flights are late: in the training, the mean is the share"""
    train, _ = complete
    result = predict(train, train)
    share = train["is_late"].mean()
    assert abs(result.mean() - share) < 0.02, (
        f"your mean probability is {result.mean():.2f}; about one flight in {1 / share:.0f} is late"
    )


def test_score(predict, tables):
    """The model uses the categories and the numbers"""
    train, test = tables
    both = pd.get_dummies(pd.concat([train, test])[CATEGORIES + NUMBERS], columns=CATEGORIES, dtype=float)
    learned_from = both.iloc[: len(train)]
    scaled = ((both - learned_from.mean()) / learned_from.std().replace(0, 1)).fillna(0)
    own = LogisticRegression(C=0.1, max_iter=300).fit(scaled.iloc[: len(train)], train["is_late"])
    possible = roc_auc_score(test["is_late"], own.predict_proba(scaled.iloc[len(train) :])[:, 1])
    score = roc_auc_score(test["is_late"], predict(train, test))
    assert score > possible - 0.02, (
        f"your ROC-AUC is {score:.3f}; a simple model on these columns has about {possible:.2f}"
    )
