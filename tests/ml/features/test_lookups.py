import weakref

from ml.features import read
from ml.features.catalog import FEATURES, PREDICTION_HORIZON, Availability
from ml.features.lookups import AsOfQuery, encoder, fit_lookups


def test_lookups_compute_every_feature_that_is_no_column_of_the_schedule(flights, weather, warehouse_file):
    flights, weather = read.flights_and_weather(warehouse_file(flights, weather))
    query = AsOfQuery.before_departure(flights, encoder(flights), PREDICTION_HORIZON)
    names = [name for lookup in fit_lookups(flights, weather, query.codes) for name in lookup.features(query)]
    assert len(names) == len(set(names))
    assert set(names) == {feature.name for feature in FEATURES} - set(flights.columns)
    assert {f.name for f in FEATURES if f.availability != Availability.SCHEDULE} <= set(names)


def test_only_one_lookup_is_in_memory_at_a_time(flights, weather, warehouse_file):
    flights, weather = read.flights_and_weather(warehouse_file(flights, weather))
    lookups = fit_lookups(flights, weather, encoder(flights).encode(flights))
    for _ in range(5):
        earlier = weakref.ref(next(lookups))
        next(lookups)
        assert earlier() is None
