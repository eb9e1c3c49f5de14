"""A neural network that learns a vector for each airline, airport, hour and weekday.

Needs PyTorch, which the project does not install: ``pip install torch==2.13.0``. A fitted model is stored as named
arrays in NumPy's ``.npz`` format, without pickled objects.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from skorch import NeuralNetBinaryClassifier
from torch import nn

#: Numbers are clipped at this many standard deviations from their mean, so that an outlier cannot dominate.
FURTHEST_DEVIATIONS = 5.0


class Network(nn.Module):
    """Embeddings and numbers, then two hidden layers and one logit (Guo and Berkhahn, arXiv 1604.06737).

    The input has one float32 row per flight: a code for each categorical column (0 for an unseen category), then the
    numbers. ``levels``: the number of categories of each categorical column.
    """

    def __init__(self, levels: Sequence[int], numbers: int, hidden: int = 128, dropout: float = 0.1) -> None:
        super().__init__()
        sizes = [min(16, (count + 1) // 2) for count in levels]
        self.embeddings = nn.ModuleList(
            nn.Embedding(count + 1, size) for count, size in zip(levels, sizes, strict=True)
        )
        self.layers = nn.Sequential(
            nn.Linear(sum(sizes) + numbers, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden // 2, 1),
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        codes = X[:, : len(self.embeddings)].long()
        vectors = [embedding(codes[:, column]) for column, embedding in enumerate(self.embeddings)]
        return self.layers(torch.cat([*vectors, X[:, len(self.embeddings) :]], dim=1)).squeeze(-1)


class EmbeddingMLP(ClassifierMixin, BaseEstimator):
    """The network with its preparation: codes for categories, standardised numbers, and a flag for each missing one.

    ``categorical``: the columns that are categories; all others are numbers and may have missing values.
    """

    def __init__(
        self,
        categorical: Sequence[str] = (),
        epochs: int = 6,
        batch_flights: int = 1024,
        learning_rate: float = 0.001,
        random_state: int = 0,
    ) -> None:
        self.categorical = categorical
        self.epochs = epochs
        self.batch_flights = batch_flights
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, flights: pd.DataFrame, is_delayed: np.ndarray) -> "EmbeddingMLP":
        self.numeric_ = [name for name in flights.columns if name not in self.categorical]
        self.levels_ = [np.unique(flights[name].astype(str).to_numpy(dtype=str)) for name in self.categorical]
        numbers = flights[self.numeric_].to_numpy(dtype=np.float64)
        present = ~np.isnan(numbers)
        count = np.maximum(present.sum(axis=0), 1)
        self.mean_ = np.where(present, numbers, 0).sum(axis=0) / count
        deviation = np.sqrt((np.where(present, numbers - self.mean_, 0) ** 2).sum(axis=0) / count)
        self.deviation_ = np.where(deviation > 0, deviation, 1)
        self._make_network().fit(self._prepared(flights), is_delayed.astype(np.float32))
        return self

    def predict_proba(self, flights: pd.DataFrame) -> np.ndarray:
        return self.network_.predict_proba(self._prepared(flights)).astype(np.float64)

    def to_bytes(self) -> bytes:
        """The fitted model as an ``.npz`` file."""
        weights: dict[str, Any] = {
            f"weight {name}": value.numpy() for name, value in self.network_.module_.state_dict().items()
        }
        categories: dict[str, Any] = {
            f"levels {name}": levels for name, levels in zip(self.categorical, self.levels_, strict=True)
        }
        content = io.BytesIO()
        np.savez(
            content,
            numeric=np.array(self.numeric_),
            mean=self.mean_,
            deviation=self.deviation_,
            **categories,
            **weights,
        )
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "EmbeddingMLP":
        """The model that :meth:`to_bytes` wrote, ready to predict."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            named: dict[str, dict[str, np.ndarray]] = {"levels": {}, "weight": {}}
            for name in arrays.files:
                kind, _, rest = name.partition(" ")
                if rest:
                    named[kind][rest] = arrays[name]
            model = cls(list(named["levels"]))
            model.numeric_ = arrays["numeric"].tolist()
            model.mean_, model.deviation_ = arrays["mean"], arrays["deviation"]
        model.levels_ = list(named["levels"].values())
        network = model._make_network().initialize()
        network.module_.load_state_dict({name: torch.from_numpy(value) for name, value in named["weight"].items()})
        return model

    def _make_network(self) -> NeuralNetBinaryClassifier:
        # With more threads the order of sums, and so the last digits, would depend on the machine.
        torch.set_num_threads(1)
        torch.manual_seed(self.random_state)
        self.classes_ = np.array([False, True])
        self.network_ = NeuralNetBinaryClassifier(
            Network,
            module__levels=[len(levels) for levels in self.levels_],
            module__numbers=2 * len(self.numeric_),
            optimizer=torch.optim.AdamW,
            lr=self.learning_rate,
            max_epochs=self.epochs,
            batch_size=self.batch_flights,
            iterator_train__shuffle=True,
            iterator_valid__batch_size=16 * self.batch_flights,
            train_split=None,  # the validation part chooses between candidates
            verbose=0,
        )
        return self.network_

    def _prepared(self, flights: pd.DataFrame) -> np.ndarray:
        """The input of the network: codes, standardised numbers, and 1 where a number is missing."""
        codes = []
        for name, levels in zip(self.categorical, self.levels_, strict=True):
            codes.append(pd.Index(levels).get_indexer(pd.Index(flights[name].astype(str))) + 1)
        numbers = (flights[self.numeric_].to_numpy(dtype=np.float64) - self.mean_) / self.deviation_
        missing = np.isnan(numbers)
        numbers = np.clip(np.where(missing, 0, numbers), -FURTHEST_DEVIATIONS, FURTHEST_DEVIATIONS)
        return np.column_stack([*codes, numbers, missing]).astype(np.float32)
