"""Loads a saved version for ``mlflow.pyfunc.load_model("models:/arrival-delay@champion")``.

MLflow finds this module by the name in the file ``MLmodel`` and calls ``_load_pyfunc``. The model file is checked
against the digest in its card, as everywhere else.
"""

import json
from pathlib import Path
from typing import Any

from ml.registry.artifacts import read_model
from ml.registry.store import CARD_FILE


class Probabilities:
    """A model whose ``predict`` returns the delay probability of each flight."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, flights: Any, params: dict[str, Any] | None = None) -> Any:
        from ml.scoring import delay_probability

        return delay_probability(self._model, flights)


def _load_pyfunc(path: str) -> Probabilities:
    file = Path(path)
    card = json.loads((file.parent / CARD_FILE).read_text())
    return Probabilities(read_model(file, card["sha256"][file.name]))
