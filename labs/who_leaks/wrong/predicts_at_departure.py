# fails test_two_hours: it allows what is known at the scheduled departure, two hours after the prediction.
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
    is_past = flights["scheduled_at"] <= instant
    truth, wrong = (build(table).loc[flights.index][is_past] for table in (flights.copy(), corrupt(flights, instant)))
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
