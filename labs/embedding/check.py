"""Checks of the lab *embedding*. The score to reach is that of shares counted by airline, airport and hour."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

COLUMNS = ["carrier", "dest", "hour", "month", "is_late"]


@pytest.fixture(scope="module")
def tables(year):
    """6,000 flights to learn from, 3,000 of other days to predict."""
    flights = year.flights[lambda table: table["arr_delay"].notna()]
    flights = flights.assign(is_late=flights["arr_delay"] >= 15)
    train = flights[flights["day"] % 3 > 0].sample(6_000, random_state=1)
    test = flights[(flights["day"] % 3 == 0) & flights["dest"].isin(train["dest"])].sample(3_000, random_state=2)
    return train[COLUMNS].reset_index(drop=True), test[COLUMNS].reset_index(drop=True)


@pytest.fixture(scope="module")
def fit(answer):
    return answer.module.fit


@pytest.fixture(scope="module")
def model(fit, tables):
    """The answer's model, fitted once for all checks."""
    torch.manual_seed(99)
    return fit(tables[0].copy(), 1)


def ask(model, flights):
    result = np.asarray(model.probabilities(flights.drop(columns="is_late")), dtype=float)
    assert result.shape == (len(flights),), f"for {len(flights):,} flights your result has the shape {result.shape}"
    assert ((result >= 0) & (result <= 1)).all(), f"your probabilities go from {result.min():.2f} to {result.max():.2f}"
    return result


def embeddings(model):
    return [layer for layer in model.network.modules() if isinstance(layer, nn.Embedding)]


def test_network(model, tables):
    """The network has an embedding for airlines and one for airports, and dropout"""
    sizes = sorted(layer.num_embeddings for layer in embeddings(model))
    needed = sorted(tables[0][name].nunique() for name in ("carrier", "dest"))
    assert len(sizes) >= 2, f"model.network has {len(sizes)} nn.Embedding layers; two are needed"
    assert sizes[-1] >= needed[-1] and sizes[-2] >= needed[0], f"your embeddings have {sizes} rows: too few"
    assert any(isinstance(layer, nn.Dropout) for layer in model.network.modules()), "model.network has no dropout"


def test_unknown(model, tables):
    """A flight of a new airline to a new airport has a probability"""
    ask(model, tables[1].head(50).assign(carrier="ZZ", dest="ZZZ"))


def test_twice(model, tables):
    """Asked twice, the model says the same"""
    first, second = ask(model, tables[1]), ask(model, tables[1])
    differ = np.abs(first - second).max()
    assert differ < 1e-6, f"the same flight gets probabilities that differ by up to {differ:.2f}"


def test_alone(model, tables):
    """A flight alone has the probability that it has among others"""
    among, alone = ask(model, tables[1])[7:8], ask(model, tables[1].iloc[7:8])
    assert np.allclose(among, alone, atol=1e-5), f"a flight has {among[0]:.3f} among others and {alone[0]:.3f} alone"


def test_seed(fit, tables):
    """The same flights and the same seed give the same model"""
    train, test = tables[0].head(1_000), tables[1].head(200)
    results = []
    for before in (5, 6):
        torch.manual_seed(before)
        results.append(ask(fit(train.copy(), 3), test))
    differ = np.abs(results[0] - results[1]).max()
    assert differ < 1e-6, f"with the same seed, two trainings differ by up to {differ:.3f}"


def test_vectors(fit, tables):
    """The vectors are learned: an airport that delays most flights differs from one that delays none"""
    train = tables[0].head(2_000)
    names = train["dest"].value_counts().index[:2]
    train = train[train["dest"].isin(names)].copy()
    start = {"hour": 12, "month": 6, "carrier": train["carrier"].iloc[0]}
    train = train.assign(**start, is_late=train["dest"] == names[0])
    before = None

    def remember(optimiser, *_):
        nonlocal before
        if before is None:
            before = {id(p): p.detach().clone() for group in optimiser.param_groups for p in group["params"]}

    handle = register_optimizer_step_pre_hook(remember)
    try:
        model = fit(train, 1)
    finally:
        handle.remove()
    for layer in embeddings(model):
        first = (before or {}).get(id(layer.weight))
        moved = first is not None and not torch.equal(first, layer.weight.detach())
        assert moved, "the vectors of an embedding are the same before and after the training"


def test_probability(model, tables):
    """The probabilities say how many flights are late: in the training, the mean is about the share"""
    train, _ = tables
    mean, share = ask(model, train).mean(), train["is_late"].mean()
    assert abs(mean - share) < 0.06, f"your mean probability is {mean:.2f}; about one flight in {1 / share:.0f} is late"


def test_score(model, tables):
    """The network has learned: it ranks flights at least half as well as counted shares do"""
    train, test = tables
    overall = train["is_late"].mean()
    shares = np.zeros(len(test))
    for name in ("carrier", "dest", "hour", "month"):
        groups = train.groupby(name)["is_late"]
        smoothed = (groups.sum() + 20 * overall) / (groups.count() + 20)
        odds = test[name].map(smoothed).fillna(overall)
        shares += np.log(odds / (1 - odds))
    counted = roc_auc_score(test["is_late"], shares)
    score = roc_auc_score(test["is_late"], ask(model, test))
    assert score > (counted + 0.5) / 2, f"your ROC-AUC is {score:.3f}; counted shares have about {counted:.2f}"
