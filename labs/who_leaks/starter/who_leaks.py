"""Which features use what becomes known only after the moment of prediction?"""

from collections.abc import Callable

import pandas as pd


def leaking(build: Callable[[pd.DataFrame], pd.DataFrame], flights: pd.DataFrame) -> set[str]:
    """The names of the features of ``build`` that leak."""
    raise NotImplementedError
