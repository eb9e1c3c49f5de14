import pytest

from ontime.settings import settings
from ontime.sources import base


@pytest.fixture
def folder(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    return tmp_path


def test_a_file_of_the_folder_is_stored_as_it_is(folder):
    (folder / "airlines").mkdir()
    (folder / "airlines" / "all.csv").write_bytes(b"carrier,name\r\nUA,United\r\n")
    [stored] = base.download("airlines", ["all"])
    assert stored.path.read_bytes() == b"carrier,name\r\nUA,United\r\n"
    assert stored.source == str(folder / "airlines" / "all.csv")


def test_a_missing_file_is_named(folder):
    with pytest.raises(base.NotPublished, match=r"flights/2013-01\.csv: put the flights file for 2013-01 there"):
        base.download("flights", ["2013-01"])


def test_a_missing_setting_is_named(folder, monkeypatch):
    monkeypatch.setattr(settings, "source_dir", None)
    with pytest.raises(base.NotPublished, match="ONTIME_SOURCE_DIR"):
        base.download("flights", ["2013-01"])
