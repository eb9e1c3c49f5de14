"""Which kinds of days are there?"""

import pandas as pd


def profiles(flights: pd.DataFrame) -> pd.DataFrame:
    """Per day: the share of bad flights in four parts of the day, and the root of the cancelled share."""
    raise NotImplementedError


def day_types(flights: pd.DataFrame) -> pd.Series:
    """Per day: its type, from 0 for the calmest days."""
    raise NotImplementedError
