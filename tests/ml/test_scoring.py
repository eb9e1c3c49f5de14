"""Every flight after the model's training part is scored, whatever the challenger's split is."""

import pandas as pd
import pytest

from ml import scoring
from ml.features.catalog import NAMES
from ontime import files


def card(**changes):
    return {
        "version": "old",
        "trained_at": "2026-01-01T00:00:00+00:00",
        "features": [{"name": name} for name in NAMES],
        "split": {"train_start": "2013-01-01", "validation_start": "2013-02-10", "test_start": "2013-03-01"},
        **changes,
    }


@pytest.fixture
def features_file(tmp_path):
    """Three flights a day, from January to April."""
    days = pd.date_range("2013-01-01", "2013-04-30").repeat(3)
    flights = pd.DataFrame({"flight_key": [f"{day:%Y%m%d}-{n % 3}" for n, day in enumerate(days)], "flight_date": days})
    flights.assign(**dict.fromkeys(NAMES, 0.0)).to_parquet(tmp_path / "features.parquet")
    return tmp_path / "features.parquet"


def test_every_flight_after_the_training_part_is_scored(features_file, tmp_path, always):
    rows = scoring.score_new_months(always(0.25), card(), features_file, tmp_path / "predictions.parquet")
    scored = pd.read_parquet(tmp_path / "predictions.parquet")
    # 10 to 28 February, March and April.
    assert len(scored) == rows == 3 * (19 + 31 + 30)
    assert (scored["flight_key"].iloc[0], scored["flight_key"].iloc[-1]) == ("20130210-0", "20130430-2")
    assert scored["flight_key"].is_unique
    assert set(scored["delay_probability"]) == {0.25}
    assert set(scored["model_version"]) == {"old"}
    assert set(scored["scored_at"]) == {pd.Timestamp("2026-01-01", tz="UTC")}


def test_a_second_scoring_gives_the_same_bytes(features_file, tmp_path, always):
    for name in ("first", "again"):
        scoring.score_new_months(always(0.25), card(), features_file, tmp_path / name)
    assert files.file_sha256(tmp_path / "first") == files.file_sha256(tmp_path / "again")


def test_a_model_trained_on_all_flights_scores_none(features_file, tmp_path, always):
    later = card(split={"validation_start": "2013-05-01"})
    assert scoring.score_new_months(always(0.25), later, features_file, tmp_path / "none.parquet") == 0
    assert pd.read_parquet(tmp_path / "none.parquet").empty


def test_a_model_trained_on_other_features_is_refused(features_file, tmp_path, always):
    other = card(features=[{"name": "another"}])
    with pytest.raises(scoring.OtherFeatures, match=r"old was trained on other features.*promote VERSION"):
        scoring.score_new_months(always(0.25), other, features_file, tmp_path / "none.parquet")
