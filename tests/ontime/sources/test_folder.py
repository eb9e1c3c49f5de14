"""The folder publisher: files by dataset and partition."""

import pytest

from ontime.settings import settings
from ontime.sources.base import NotPublished
from ontime.sources.download import download


@pytest.fixture
def folder(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    return tmp_path


def test_a_file_in_the_folder_is_stored_byte_for_byte(folder):
    (folder / "airlines").mkdir()
    (folder / "airlines" / "all.csv").write_bytes(b"carrier,name\r\nUA,United\r\n")
    [stored] = download("airlines", ["all"])
    assert stored.path.read_bytes() == b"carrier,name\r\nUA,United\r\n"
    assert stored.source == str(folder / "airlines" / "all.csv")


def test_the_error_names_the_missing_file(folder):
    with pytest.raises(
        NotPublished, match=r"flights/2013-01\.csv does not exist: put the flights file for 2013-01 there"
    ):
        download("flights", ["2013-01"])


def test_the_error_names_the_missing_setting(folder, monkeypatch):
    monkeypatch.setattr(settings, "source_dir", None)
    with pytest.raises(NotPublished, match="ONTIME_SOURCE_DIR"):
        download("flights", ["2013-01"])
