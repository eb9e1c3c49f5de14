"""On which flights does a model learn, and on which is it tested?"""

import pandas as pd


def parts(flights: pd.DataFrame) -> pd.Series:
    """For every flight, under the index of its row: ``train``, ``validation`` or ``test``."""
    raise NotImplementedError
