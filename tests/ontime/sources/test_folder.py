import pytest

from ontime.settings import settings
from ontime.sources import publisher


@pytest.fixture
def folder(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    return tmp_path


def test_a_file_of_the_folder_is_stored_as_it_is(folder):
    (folder / "airlines").mkdir()
    (folder / "airlines" / "all.csv").write_bytes(b"carrier,name\r\nUA,United\r\n")
    [stored] = publisher.download("airlines", ["all"])
    assert stored.path.read_bytes() == b"carrier,name\r\nUA,United\r\n"
    assert stored.source == str(folder / "airlines" / "all.csv")


def test_a_missing_file_is_named(folder):
    with pytest.raises(publisher.NotPublished, match=r"flights/2013-01\.csv: put the flights file for 2013-01 there"):
        publisher.download("flights", ["2013-01"])


def test_a_missing_setting_is_named(folder, monkeypatch):
    monkeypatch.setattr(settings, "source_dir", None)
    with pytest.raises(publisher.NotPublished, match="ONTIME_SOURCE_DIR"):
        publisher.download("flights", ["2013-01"])
