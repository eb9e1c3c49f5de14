"""Fixtures of the fault matrix."""

import shutil

import pytest

from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from tests.faults import small_lake


@pytest.fixture(scope="session")
def made_lake(tmp_path_factory):
    """A small clean lake, to be copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("made") / "data")
        small_lake.make()
        return settings.data_dir


@pytest.fixture
def lake_dir(made_lake, data_dir, tmp_path, monkeypatch):
    """The test's own copy of that lake, with one version of the raw airlines, published by a folder."""
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path / "source")
    shutil.copytree(made_lake, data_dir, symlinks=True)
    small_lake.publish("UA,United")
    download("airlines", [ALL])
    return data_dir
