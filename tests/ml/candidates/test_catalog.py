import numpy as np
import pandas as pd
import pytest

from ml.candidates.catalog import CANDIDATES, OriginHourClimatology
from ml.features import build, catalog, lookups


def origins_and_hours(*pairs):
    return pd.DataFrame(pairs, columns=["origin_airport_code", "scheduled_departure_hour"])


def test_climatology_by_hand():
    flights = origins_and_hours(("EWR", 6), ("EWR", 6), ("EWR", 6), ("JFK", 7))
    model = OriginHourClimatology(smoothing_flights=2).fit(flights, np.array([True, False, False, True]))
    asked = origins_and_hours(("EWR", 6), ("JFK", 7), ("JFK", 6))
    # Overall share 1/2: (1 + 2 · 1/2) / (3 + 2), (1 + 2 · 1/2) / (1 + 2), and the overall share where nothing is known.
    assert model.predict_proba(asked)[:, 1] == pytest.approx([2 / 5, 2 / 3, 1 / 2])
    assert model.predict_proba(asked).sum(axis=1) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_gives_probabilities_for_flights_it_has_never_seen(name, flights, warehouse_file):
    known = build.build(warehouse_file(flights))
    known = known[known[lookups.TARGET].notna()]
    model = CANDIDATES[name]().fit(known[catalog.NAMES], known[lookups.TARGET].to_numpy(dtype=bool))
    unseen = known[catalog.NAMES].head(1).astype({"airline_code": object, "destination_airport_code": object})
    unseen = unseen.assign(airline_code="ZZ", destination_airport_code="XXX", scheduled_departure_hour=3)
    probability = model.predict_proba(unseen)[0]
    assert probability.sum() == pytest.approx(1)
    assert 0 < probability[1] < 1


def test_the_trees_are_the_same_every_time(flights, warehouse_file):
    known = build.build(warehouse_file(flights))
    known = known[known[lookups.TARGET].notna()]
    answers = [
        CANDIDATES["hist_gradient_boosting"]()
        .fit(known[catalog.NAMES], known[lookups.TARGET].to_numpy(dtype=bool))
        .predict_proba(known[catalog.NAMES])
        for _ in range(2)
    ]
    assert (answers[0] == answers[1]).all()
