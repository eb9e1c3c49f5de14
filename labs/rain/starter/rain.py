"""How much more often are flights late when it rains, and how sure are we?"""

import pandas as pd


def rain_effect(flights: pd.DataFrame, weather: pd.DataFrame) -> tuple[float, float, float]:
    """Difference of late shares, rainy minus dry hours, and both ends of its 95 % interval, in percentage points."""
    raise NotImplementedError
