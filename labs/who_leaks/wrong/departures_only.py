# fails test_other_flights: only departures are made wrong, so what leaks through arrivals stays as it was.
import pandas as pd


def leaking(build, flights):
    instant = flights["scheduled_at"].iloc[len(flights) // 2]
    later = ~(flights["departed_at"] <= instant)
    corrupted = flights.copy()
    corrupted.loc[later, "departed_at"] = pd.NaT
    corrupted.loc[later, "departure_delay_minutes"] = None
    is_past = flights["scheduled_at"] - pd.Timedelta(hours=2) <= instant
    truth, wrong = (build(table).loc[flights.index][is_past] for table in (flights.copy(), corrupted))
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
