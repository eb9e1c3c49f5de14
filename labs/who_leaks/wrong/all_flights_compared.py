# fails test_known: later flights may use what is wrong now, but they are compared as well.
import pandas as pd

HORIZON = pd.Timedelta(hours=2)
OUTCOMES = {"departed_at": "departure_delay_minutes", "arrived_at": "arrival_delay_minutes"}


def corrupt(flights, instant):
    corrupted = flights.copy()
    for known_at, minutes in OUTCOMES.items():
        later = ~(flights[known_at] <= instant)
        corrupted.loc[later, known_at] = instant + pd.Timedelta(seconds=1)
        corrupted.loc[later, minutes] = 777
    return corrupted


def leaking(build, flights):
    instant = flights["scheduled_at"].iloc[len(flights) // 2]
    truth, wrong = (build(table).loc[flights.index] for table in (flights.copy(), corrupt(flights, instant)))
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
