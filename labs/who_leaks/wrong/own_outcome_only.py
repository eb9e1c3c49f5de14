# fails test_other_flights: it makes one flight's outcome wrong and looks at that flight only.
import pandas as pd


def leaking(build, flights):
    truth = build(flights.copy())
    leaks = set()
    for row in flights.index[len(flights) // 2 :: 400]:
        corrupted = flights.copy()
        corrupted.loc[row, ["departed_at", "arrived_at"]] = pd.NaT
        corrupted.loc[row, ["departure_delay_minutes", "arrival_delay_minutes"]] = None
        wrong = build(corrupted)
        changed = (truth.loc[row] != wrong.loc[row]) & ~(truth.loc[row].isna() & wrong.loc[row].isna())
        leaks |= set(changed.index[changed])
    return leaks
