"""Publishing, history and rollback of published files."""

import duckdb
import pytest

from ontime import files, warehouse
from ontime.settings import settings
from tests.ontime.warehouse.made import candidate, published_value


def test_publishing_makes_the_candidate_current(data_dir):
    version = warehouse.publish("ontime", candidate(1), {"inputs": "abc"})
    assert published_value() == 1
    assert warehouse.current() == version
    assert version.sha256 == files.file_sha256(warehouse.published_path())
    assert not settings.warehouse_candidate.exists()


def test_a_published_file_cannot_be_written(data_dir):
    version = warehouse.publish("ontime", candidate(1), {})
    assert version.path.stat().st_mode & 0o222 == 0


def test_a_reader_keeps_the_version_it_opened(data_dir):
    warehouse.publish("ontime", candidate(1), {})
    with duckdb.connect(str(warehouse.current().path), read_only=True) as reader:
        warehouse.publish("ontime", candidate(2), {})
        assert reader.execute("SELECT value FROM answer").fetchone() == (1,)
    assert published_value() == 2


def test_only_the_last_versions_are_kept(data_dir):
    versions = [warehouse.publish("ontime", candidate(value), {}) for value in range(5)]
    assert warehouse.history() == versions[:1:-1]
    assert [version.path.exists() for version in versions] == [False, False, True, True, True]


def test_rollback_goes_back_one_version_at_a_time(data_dir):
    for value in range(3):
        warehouse.publish("ontime", candidate(value), {})
    warehouse.rollback()
    assert published_value() == 1
    warehouse.rollback()
    assert published_value() == 0
    with pytest.raises(warehouse.NothingPublished, match="the versions kept are"):
        warehouse.rollback()
    assert published_value() == 0


def test_rollback_to_a_named_version_may_go_forward(data_dir):
    newest = [warehouse.publish("ontime", candidate(value), {}) for value in range(3)][-1]
    warehouse.rollback()
    warehouse.rollback(to=newest.version)
    assert published_value() == 2


def test_a_new_version_after_a_rollback_is_current(data_dir):
    for value in range(3):
        warehouse.publish("ontime", candidate(value), {})
    warehouse.rollback()
    warehouse.publish("ontime", candidate(9), {})
    assert published_value() == 9


def test_rollback_before_any_publication_is_an_error(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="Nothing has been published"):
        warehouse.rollback()


def test_a_publication_killed_before_its_swap_leaves_the_published_file(data_dir, monkeypatch):
    warehouse.publish("ontime", candidate(1), {})
    before = files.file_sha256(warehouse.published_path())

    def killed(link, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "point_link", killed)
    with pytest.raises(KeyboardInterrupt):
        warehouse.publish("ontime", candidate(2), {})
    assert files.file_sha256(warehouse.published_path()) == before
    assert published_value() == 1
