"""The neural network. These tests run only where PyTorch is installed (`pip install torch==2.13.0`)."""

import numpy as np
import pandas as pd
import pytest

from ml.candidates.catalog import CANDIDATES
from ml.registry import artifacts
from ontime import files

torch = pytest.importorskip("torch")

from ml.candidates.embedding_mlp import EmbeddingMLP, Network  # noqa: E402


@pytest.fixture(scope="module")
def made() -> tuple[pd.DataFrame, np.ndarray]:
    """4,000 flights and their labels: airline A is late after 15:00, B always, C never. `gust` is often missing."""
    random = np.random.default_rng(1)
    flights = pd.DataFrame(
        {
            "airline": random.choice(list("ABC"), 4000),
            "hour": random.integers(6, 22, 4000),
            "wind": random.normal(size=4000),
            "gust": np.where(random.random(4000) < 0.7, np.nan, random.normal(size=4000)),
        }
    )
    late = (flights["airline"] == "B") | ((flights["airline"] == "A") & (flights["hour"] > 15))
    return flights, late.to_numpy()


@pytest.fixture(scope="module")
def model(made) -> EmbeddingMLP:
    return EmbeddingMLP(["airline", "hour"], epochs=5, batch_flights=64).fit(*made)


def test_it_learns_an_interaction_of_two_categories(model, made):
    flights, late = made
    probability = model.predict_proba(flights)
    assert probability.shape == (4000, 2)
    assert probability.sum(axis=1) == pytest.approx(np.ones(4000))
    assert ((probability[:, 1] > 0.5) == late).mean() > 0.97


def test_fitting_it_twice_gives_the_same_model(model, made):
    second = EmbeddingMLP(["airline", "hour"], epochs=5, batch_flights=64).fit(*made)
    assert (second.predict_proba(made[0]) == model.predict_proba(made[0])).all()


def test_a_model_read_from_its_file_predicts_the_same(model, made, tmp_path):
    file = artifacts.write_model(model, tmp_path, "model")
    assert file.name == "model.npz"
    loaded = artifacts.read_model(file, files.file_sha256(file))
    assert (loaded.predict_proba(made[0]) == model.predict_proba(made[0])).all()


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "model.npz", numeric=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        artifacts.read_model(tmp_path / "model.npz", files.file_sha256(tmp_path / "model.npz"))


def test_it_predicts_for_unseen_categories_and_extreme_numbers(model):
    unseen = pd.DataFrame({"airline": ["Z"], "hour": [3], "wind": [1e9], "gust": [np.nan]})
    assert 0 < model.predict_proba(unseen)[0, 1] < 1


def test_preparation_by_hand():
    flights = pd.DataFrame({"airline": ["B", "A"], "wind": [1.0, 3.0], "gust": [np.nan, 4.0]})
    model = EmbeddingMLP(["airline"], epochs=1).fit(flights, np.array([True, False]))
    # The airline's code (0 would be an unseen one), two standardised numbers, and a flag for each missing number.
    assert model._prepared(flights).tolist() == [[2, -1, 0, 0, 1], [1, 1, 0, 0, 0]]


def test_the_network_has_one_more_vector_for_unseen_categories():
    network = Network(levels=[3], numbers=1)
    assert network.embeddings[0].num_embeddings == 4
    assert network(torch.tensor([[0.0, 1.0], [3.0, 1.0]])).shape == (2,)


def test_it_is_a_candidate_where_pytorch_is_installed():
    assert isinstance(CANDIDATES["embedding_mlp"](), EmbeddingMLP)
