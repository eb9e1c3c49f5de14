import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.candidates.catalog import CANDIDATES, HIST_GRADIENT_BOOSTING, OriginHourClimatology, hist_gradient_boosting
from ml.features import build
from ml.features.catalog import NAMES, TARGET
from tests.ml.conftest import write_warehouse


def origins_and_hours(*pairs: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["origin_airport_code", "scheduled_departure_hour"])


def test_climatology_by_hand():
    flights = origins_and_hours(("EWR", 6), ("EWR", 6), ("EWR", 6), ("JFK", 7))
    model = OriginHourClimatology(smoothing_flights=2).fit(flights, np.array([True, False, False, True]))
    probability = model.predict_proba(origins_and_hours(("EWR", 6), ("JFK", 7), ("JFK", 6)))
    # The overall share is 1/2: (1 + 2 · 1/2) / (3 + 2), (1 + 2 · 1/2) / (1 + 2), and 1/2 for the unseen JFK at 6.
    assert probability[:, 1] == pytest.approx([2 / 5, 2 / 3, 1 / 2])
    assert probability.sum(axis=1) == pytest.approx([1, 1, 1])


@pytest.fixture(scope="module")
def arrived(flights, tmp_path_factory) -> pd.DataFrame:
    """The features of the made-up flights that arrived."""
    file = write_warehouse(flights, tmp_path_factory.mktemp("candidates") / "warehouse.duckdb")
    built = build.build(file)
    return built[built[TARGET].notna()]


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_predicts_for_categories_that_it_has_not_seen(name, arrived):
    model = CANDIDATES[name]().fit(arrived[NAMES], arrived[TARGET].to_numpy(dtype=bool))
    unseen = arrived[NAMES].head(1).astype({"airline_code": object, "destination_airport_code": object})
    unseen = unseen.assign(airline_code="ZZ", destination_airport_code="XXX", scheduled_departure_hour=3)
    probability = model.predict_proba(unseen)[0]
    assert probability.sum() == pytest.approx(1)
    assert 0 < probability[1] < 1


def test_fitting_the_trees_twice_gives_the_same_model(arrived):
    first, second = (
        hist_gradient_boosting().fit(arrived[NAMES], arrived[TARGET].to_numpy(dtype=bool)).predict_proba(arrived[NAMES])
        for _ in range(2)
    )
    assert (first == second).all()


def test_the_trees_have_the_settings_that_the_study_of_leaks_shares():
    trees = hist_gradient_boosting()[-1]
    assert isinstance(trees, HistGradientBoostingClassifier)
    assert HIST_GRADIENT_BOOSTING.items() <= trees.get_params().items()
