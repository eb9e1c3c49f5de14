"""Raw files are read, and Parquet files written, below any data directory."""

import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from spark_jobs.engine import partitions


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("my data", id="a blank"),
        pytest.param("Dätä", id="a letter that is not ASCII"),
        pytest.param("data+1", id="a plus sign"),
        pytest.param("100%25", id="a percent sign, as in an encoded address"),
        pytest.param("year=2013", id="an equals sign, as in the name of a partition"),
    ],
)
def test_a_data_directory_may_have_any_of_these_names(spark, tmp_path, monkeypatch, name):
    monkeypatch.setattr(settings, "data_dir", tmp_path / name)
    download("airlines", [ALL])
    partitions.clean("airlines", [ALL], lambda _: spark)
    assert lake.clean_partition("airlines", ALL).rows_clean == 16
    assert [folder.name for folder in tmp_path.iterdir()] == [name]
