"""The download that all datasets share."""

from dataclasses import replace
from typing import ClassVar

import pytest

from ontime import lake
from ontime.contract import PackageFile
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.sources.base import DownloadFailed, NotPublished, Published
from ontime.sources.download import PUBLISHERS, download, installed_extras, publisher, publisher_of

FILE = b"carrier,name\nUA,United\n"


class FakePublisher:
    """Publishes ``files`` by partition; None means unchanged, an error is raised."""

    files: ClassVar[dict[str, bytes | Exception | None]] = {}

    def fetch(self, dataset, partition, target, previous=None):
        content = self.files[partition]
        if isinstance(content, Exception):
            target.write_bytes(b"half")
            raise content
        if content is None:
            return None
        target.write_bytes(content)
        return Published("fake", etag='"1"', last_modified="yesterday")


@pytest.fixture
def files(data_dir, monkeypatch):
    monkeypatch.setitem(PUBLISHERS, settings.source, FakePublisher)
    monkeypatch.setattr(FakePublisher, "files", {})
    return FakePublisher.files


@pytest.mark.parametrize("source", PUBLISHERS)
def test_the_setting_chooses_the_publisher(monkeypatch, source):
    monkeypatch.setattr(settings, "source", source)
    assert type(publisher()) is PUBLISHERS[source]


@pytest.mark.parametrize(
    ("source", "without", "expected"),
    [
        ("embedded", "embedded", "live"),
        ("live", "live", "embedded"),
        ("embedded", "live", "embedded"),
        ("live", "embedded", "live"),
        ("folder", "embedded", "folder"),
        ("folder", "live", "folder"),
    ],
)
def test_a_dataset_with_one_source_is_downloaded_from_it(monkeypatch, source, without, expected):
    monkeypatch.setattr(settings, "source", source)
    monkeypatch.setitem(DATASETS, "weather", replace(DATASETS["weather"], **{without: None}))
    assert type(publisher_of("weather")) is PUBLISHERS[expected]


@pytest.mark.parametrize(
    ("source", "package", "extra", "cadence", "expected"),
    [
        pytest.param("embedded", "tide_tables", "tides", "month", {"tides": ["2020-02", "2021-01"]}, id="installed"),
        pytest.param("embedded", "tide_tables", "tides", "once", {"tides": []}, id="a table without months"),
        pytest.param("live", "tide_tables", "tides", "once", {"tides": []}, id="no other source"),
        pytest.param("folder", "tide_tables", "tides", "month", {}, id="a folder is the source of everything"),
        pytest.param("embedded", "no_such_package", "tides", "month", {}, id="not installed"),
        pytest.param("embedded", "tide_tables", "", "month", {}, id="no extra"),
    ],
)
def test_extras_have_their_newest_months_and_are_not_imported(
    monkeypatch, tmp_path, source, package, extra, cadence, expected
):
    (tmp_path / "tide_tables").mkdir()
    (tmp_path / "tide_tables" / "__init__.py").write_text("raise ImportError('nobody should import this')")
    (tmp_path / "tide_tables" / "tides.csv").write_text("day\n2021-01-31\n2020-01-01\n2020-02-01\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name, dataset in DATASETS.items():
        monkeypatch.setitem(DATASETS, name, replace(dataset, embedded=None))
    monkeypatch.setattr(settings, "source", source)
    file = PackageFile(package, "tides.csv", ("day",), "%Y-%m-%d", extra)
    tides = replace(DATASETS["weather"], name="tides", cadence=cadence, embedded=file, live=None)
    monkeypatch.setitem(DATASETS, "tides", tides)
    assert installed_extras(2) == expected


def test_every_partition_is_stored_with_its_version(files, capsys):
    files |= {"2013-01": FILE, "2013-02": FILE + b"AA,American\n"}
    january, february = download("flights", ["2013-01", "2013-02"])
    assert (january.path.read_bytes(), january.row_count, february.row_count) == (FILE, 1, 2)
    assert (january.source, january.etag, january.last_modified) == ("fake", '"1"', "yesterday")
    first_line, _ = capsys.readouterr().out.splitlines()
    assert first_line == f"flights 2013-01: 1 rows, {len(FILE)} bytes ({january.file_name})"


@pytest.mark.parametrize("content", [pytest.param(None, id="not sent"), pytest.param(FILE, id="sent again")])
def test_an_unchanged_file_stays(files, capsys, content):
    files["all"] = FILE
    [first] = download("airlines", ["all"])
    files["all"] = content
    assert download("airlines", ["all"]) == [first]
    assert capsys.readouterr().out.splitlines()[1].endswith("unchanged)")


def test_a_damaged_file_is_downloaded_again(files):
    files["all"] = FILE
    [first] = download("airlines", ["all"])
    first.path.write_bytes(b"damaged")
    [again] = download("airlines", ["all"])
    assert again.path.read_bytes() == FILE


@pytest.mark.parametrize("error", [NotPublished("no"), DownloadFailed("no")])
def test_a_failure_keeps_earlier_partitions_and_the_current_version(files, error):
    files |= {"2013-01": FILE, "2013-02": FILE}
    _, february = download("flights", ["2013-01", "2013-02"])
    files |= {"2013-01": FILE + b"AA,American\n", "2013-02": error}
    with pytest.raises(type(error), match="no"):
        download("flights", ["2013-01", "2013-02"])
    assert lake.current_raw("flights", "2013-01").row_count == 2
    assert lake.current_raw("flights", "2013-02") == february
    assert sorted(path.suffix for path in february.path.parent.iterdir()) == [".csv", ".json"]


def test_a_month_of_a_single_table_is_refused(files):
    with pytest.raises(NotPublished, match="airlines is one table, not monthly: its only partition is 'all'"):
        download("airlines", ["2013-01"])
