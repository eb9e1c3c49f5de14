"""Model files: every candidate loads unchanged, and anything outside the closed lists is refused."""

import os

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from ml.candidates.catalog import LIGHTGBM_LOADS, OriginHourClimatology
from ml.candidates.lightgbm_trees import LightGBMTrees
from ml.registry import artifacts
from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
from ontime import files


def test_our_own_estimator_is_on_the_closed_list_and_loads_unchanged(tmp_path):
    hours = pd.DataFrame({"origin_airport_code": ["EWR", "JFK"], "scheduled_departure_hour": [6, 7]})
    model = OriginHourClimatology().fit(hours, np.array([True, False]))
    file = artifacts.write_model(model, tmp_path, "model")
    loaded = artifacts.read_model(file, files.file_sha256(file))
    assert (loaded.predict_proba(hours) == model.predict_proba(hours)).all()


def test_a_function_in_a_model_is_not_loaded(tmp_path):
    file = artifacts.write_model(FunctionTransformer(os.system), tmp_path, "model")
    with pytest.raises(UntrustedArtifact, match=r"was not loaded.*system.*TRUSTED_TYPES"):
        artifacts.read_model(file, files.file_sha256(file))


def test_a_file_with_another_digest_is_not_loaded(tmp_path):
    file = artifacts.write_model(OriginHourClimatology(), tmp_path, "model")
    with pytest.raises(ArtifactTampered, match=r"model.skops is missing or was changed.*ontime model train"):
        artifacts.read_model(file, "0" * 64)


@pytest.mark.parametrize(
    "file", ["logistic_regression.skops", "lightgbm.lightgbm.txt", "embedding_mlp.npz"], ids=["skops", "text", "arrays"]
)
def test_another_name_keeps_the_suffix_of_the_format(file, tmp_path):
    assert artifacts.name_for("model", tmp_path / file) == "model." + file.split(".", 1)[1]


def test_a_file_of_another_format_is_not_loaded(tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n")
    with pytest.raises(UntrustedArtifact, match=r"model.pkl was not loaded: its suffix is none of"):
        artifacts.read_model(tmp_path / "model.pkl", files.file_sha256(tmp_path / "model.pkl"))


@pytest.mark.skipif(not LIGHTGBM_LOADS, reason="LightGBM needs OpenMP")
def test_a_saved_lightgbm_model_loads_unchanged(tmp_path):
    flights = pd.DataFrame({"airline": list("ABAB") * 50, "hour": np.arange(200) % 24})
    model = LightGBMTrees(["airline"], trees=5, leaf_flights=5).fit(flights, np.arange(200) % 3 == 0)
    file = artifacts.write_model(model, tmp_path, "model")
    assert file.name == "model.lightgbm.txt"
    loaded = artifacts.read_model(file, files.file_sha256(file))
    assert (loaded.predict_proba(flights) == model.predict_proba(flights)).all()
    unseen = flights.assign(airline="Z").head(1)
    assert (loaded.predict_proba(unseen) == model.predict_proba(unseen)).all()
