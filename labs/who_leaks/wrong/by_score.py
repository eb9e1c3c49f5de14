# fails test_other_flights: it suspects what is too good, and the small leaks are not.
def leaking(build, flights):
    features = build(flights.copy()).loc[flights.index].select_dtypes(["number", "bool"]).astype(float)
    correlations = features.corrwith((flights["arrival_delay_minutes"] >= 15).astype(float))
    return set(correlations.index[correlations.abs() > 0.6])
