"""Atomic writes: between any two operations of the file system a reader sees the whole old content or the whole new."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ontime import files

#: Operations that change what a reader sees.
CHANGES = ("replace", "rename", "symlink", "unlink", "remove", "open", "link", "truncate")


@pytest.fixture
def watched(monkeypatch) -> Callable[[Callable[[], object]], list]:
    """Start to collect what a reader sees before and after each operation; returns the growing list."""

    def watch(read: Callable[[], object]) -> list:
        seen: list = []
        for name in CHANGES:
            operation = getattr(os, name)

            def between(*arguments, operation=operation, **options):
                seen.append(read())
                result = operation(*arguments, **options)
                seen.append(read())
                return result

            monkeypatch.setattr(os, name, between)
        return seen

    return watch


def test_a_link_never_points_to_nothing(tmp_path, watched):
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    link = tmp_path / "link"
    files.point_link(link, tmp_path / "old")
    seen = watched(lambda: Path(os.path.realpath(link)).name if os.path.lexists(link) else "nothing")
    files.point_link(link, tmp_path / "new")
    assert set(seen) == {"old", "new"}
    assert seen == sorted(seen, reverse=True), "it was new, then old again"
    assert link.read_text() == "new"
    assert not link.readlink().is_absolute(), "a data directory can be moved"


@pytest.mark.parametrize("write", [files.write_text, lambda path, text: files.write_json(path, {"text": text})])
def test_a_file_is_replaced_as_a_whole(tmp_path, watched, write):
    path = tmp_path / "file"
    write(path, "old")
    old = path.read_bytes()
    with path.open("rb") as reader:
        seen = watched(path.read_bytes)
        write(path, "new")
        assert reader.read() == old, "a reader that has the file open read a half-written one"
    assert set(seen) == {old, path.read_bytes()}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_stays_as_it_was_after_an_error(tmp_path):
    path = tmp_path / "file"
    files.write_text(path, "old")
    with pytest.raises(ValueError, match="no"), files.atomic_target(path) as temporary:
        temporary.write_text("half")
        raise ValueError("no")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_that_was_not_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "file"
    files.write_text(path, "old")
    with files.atomic_target(path):
        pass
    assert path.read_text() == "old"


def test_content_is_flushed_before_its_name_and_the_name_after_it(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (order.append(os.fstat(file).st_ino), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda *paths: (order.append("replace"), replace(*paths)))
    (tmp_path / "source").write_text("content")
    files.move(tmp_path / "source", tmp_path / "target")
    assert order == [(tmp_path / "target").stat().st_ino, "replace", tmp_path.stat().st_ino]
