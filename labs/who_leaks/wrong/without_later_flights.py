# fails test_schedule: it deletes the flights after the instant, although their schedule is known.
import pandas as pd


def leaking(build, flights):
    instant = flights["scheduled_at"].iloc[len(flights) // 2]
    is_past = flights["scheduled_at"] - pd.Timedelta(hours=2) <= instant
    truth, wrong = build(flights.copy())[is_past], build(flights[is_past].copy()).loc[flights.index[is_past]]
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
