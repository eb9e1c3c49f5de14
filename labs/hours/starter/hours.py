"""At which hour of the day are flights late?"""

import pandas as pd
from matplotlib.figure import Figure


def draw(flights: pd.DataFrame) -> Figure:
    """The late share by planned local hour of departure, with the 95 % interval for days as samples."""
    raise NotImplementedError
