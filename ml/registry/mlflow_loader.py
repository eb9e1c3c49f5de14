"""Loads a saved version for ``mlflow.pyfunc.load_model("models:/arrival-delay@champion")``.

MLflow finds this module by the name in the file ``MLmodel`` and calls ``_load_pyfunc``, which checks all files against
the card next to them. It does not check the card against ``champion.json``, and it is not called at all if somebody has
changed ``MLmodel`` to name another loader. Use :func:`ml.registry.store.load_champion` for a folder you do not trust.
"""

import json
from pathlib import Path
from typing import Any

from ml.registry.artifacts import read_model, verified_bytes
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
    for name, sha256 in card["sha256"].items():
        verified_bytes(file.with_name(name), sha256)
    return Probabilities(read_model(file, card["sha256"][file.name]))
