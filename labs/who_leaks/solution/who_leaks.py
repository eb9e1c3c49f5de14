"""Which features use what becomes known only after the moment of prediction?"""

from collections.abc import Callable

import pandas as pd

HORIZON = pd.Timedelta(hours=2)

#: What is known from which instant on.
OUTCOMES = {"departed_at": "departure_delay_minutes", "arrived_at": "arrival_delay_minutes"}


def leaking(build: Callable[[pd.DataFrame], pd.DataFrame], flights: pd.DataFrame) -> set[str]:
    """The names of the features of ``build`` that leak."""
    instant = flights["scheduled_at"].iloc[len(flights) // 2]
    corrupted = flights.copy()
    for known_at, minutes in OUTCOMES.items():
        later = ~(flights[known_at] <= instant)
        corrupted.loc[later, known_at] = instant + pd.Timedelta(seconds=1)
        corrupted.loc[later, minutes] = 777
    is_past = flights["scheduled_at"] - HORIZON <= instant
    truth, wrong = (build(table).loc[flights.index][is_past] for table in (flights.copy(), corrupted))
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
