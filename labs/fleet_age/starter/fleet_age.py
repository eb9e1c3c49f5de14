"""How old are the aircraft of each airline?"""

import pandas as pd


def fleet_age(flights: pd.DataFrame, planes: pd.DataFrame, airlines: pd.DataFrame) -> pd.DataFrame:
    """Name, flights, share with a known aircraft, and mean age in years of each airline."""
    raise NotImplementedError
