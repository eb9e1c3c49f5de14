# fails test_known: it shuffles all outcomes, also those that were known, so every feature but the schedule changes.
OUTCOMES = ["departed_at", "departure_delay_minutes", "arrived_at", "arrival_delay_minutes"]


def leaking(build, flights):
    corrupted = flights.copy()
    corrupted[OUTCOMES] = flights[OUTCOMES].sample(frac=1, random_state=0).to_numpy()
    for name in ("departed_at", "arrived_at"):
        corrupted[name] = corrupted[name].astype(flights[name].dtype)
    for name in ("departure_delay_minutes", "arrival_delay_minutes"):
        corrupted[name] = corrupted[name].astype(float)
    truth, wrong = build(flights.copy()).loc[flights.index], build(corrupted).loc[flights.index]
    changed = (truth != wrong) & ~(truth.isna() & wrong.isna())
    return set(changed.columns[changed.any()])
