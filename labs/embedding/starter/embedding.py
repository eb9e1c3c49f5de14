"""Airlines and airports as vectors, in a small network."""

import numpy as np
import pandas as pd
from torch import nn


class Model:
    """A fitted network, with what it needs to read flights."""

    network: nn.Module

    def probabilities(self, flights: pd.DataFrame) -> np.ndarray:
        """The probability that each flight is late."""
        raise NotImplementedError


def fit(train: pd.DataFrame, seed: int) -> Model:
    """A model of ``is_late``; the same for the same flights and seed."""
    raise NotImplementedError
