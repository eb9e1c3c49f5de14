"""On which flights does a model learn, and on which is it tested?"""

import pandas as pd

TEST_MONTHS = 2
VALIDATION_MONTHS = 1


def parts(flights: pd.DataFrame) -> pd.Series:
    """For every flight, under the index of its row: ``train``, ``validation`` or ``test``."""
    month = flights["year"] * 12 + flights["month"]
    months = sorted(month.unique())
    first_of_test = months[-TEST_MONTHS]
    first_of_validation = months[-TEST_MONTHS - VALIDATION_MONTHS]
    parts = pd.Series("train", index=flights.index)
    parts[month >= first_of_validation] = "validation"
    parts[month >= first_of_test] = "test"
    return parts
