"""Fixtures of the fault matrix."""

import functools
import shutil

import pytest

from ontime import digests
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from tests.faults import publication, small_lake


@pytest.fixture(scope="session")
def made_lake(tmp_path_factory):
    """A small clean lake, to be copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("made") / "data")
        small_lake.make()
        return settings.data_dir


@pytest.fixture
def lake_dir(made_lake, data_dir, tmp_path, monkeypatch):
    """The test's own copy of ``made_lake``, with one version of the raw airlines from the source ``folder``."""
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path / "source")
    shutil.copytree(made_lake, data_dir, symlinks=True)
    small_lake.publish("UA,United")
    download("airlines", [ALL])
    return data_dir


@pytest.fixture(scope="module")
def _published_start(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # Reading the YAML of the dbt project takes longer than a publication.
        patch.setattr(digests, "of_dbt_project", functools.cache(digests.of_dbt_project))
        patch.setattr(settings, "duckdb_threads", 1)
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("published") / "data")
        publication.make_start()
        yield publication.Start(settings.data_dir)


@pytest.fixture
def published_data(_published_start, data_dir):
    """A data directory with a small published warehouse; each row copies it into its own, new data directory."""
    return _published_start
