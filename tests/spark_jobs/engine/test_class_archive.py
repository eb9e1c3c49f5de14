"""The archive of classes: used where it is, made whole or not at all, and no archive can stop a JVM."""

import subprocess
from pathlib import Path

import pytest

from ontime.settings import Settings
from spark_jobs.engine import class_archive
from spark_jobs.engine.session import LARGE_BATCH_OPTIONS, LARGE_BATCH_ROWS, SMALL_BATCH_OPTIONS, java_options


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        pytest.param(0, SMALL_BATCH_OPTIONS, id="not known"),
        pytest.param(LARGE_BATCH_ROWS - 1, SMALL_BATCH_OPTIONS, id="three national months"),
        pytest.param(LARGE_BATCH_ROWS, LARGE_BATCH_OPTIONS, id="from where on compiling pays"),
    ],
)
def test_an_archive_is_used_where_there_is_one(tmp_path, monkeypatch, rows, options):
    file = tmp_path / "with space" / "classes.jsa"
    monkeypatch.setattr(Settings, "spark_class_archive", file)
    assert java_options(rows) == options
    file.parent.mkdir()
    file.touch()
    assert java_options(rows) == f'{options} "-XX:SharedArchiveFile={file}"'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"", id="empty: the disk was full"),
        pytest.param(b"\xa8\xab\x0b\xf0" + bytes(4096), id="the right magic number, and nothing behind it"),
    ],
)
def test_a_jvm_starts_with_an_archive_that_is_none(tmp_path, content):
    file = tmp_path / "classes.jsa"
    if content is not None:
        file.write_bytes(content)
    done = subprocess.run(["java", f"-XX:SharedArchiveFile={file}", "-version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def programs(monkeypatch):
    """The programs that are run, which do nothing but, for Spark, write the archive and then end as told."""
    run, fails = [], []

    def program(command, environment):
        run.append(command)
        for word in command:
            if "ArchiveClassesAtExit=" in word:
                Path(word.split("ArchiveClassesAtExit=")[1]).write_text("new")
                if fails:
                    raise subprocess.CalledProcessError(1, command, stderr="no Java")

    monkeypatch.setattr(class_archive, "_run", program)
    return run, fails


def test_an_archive_is_made_by_cleaning_the_reference_tables(tmp_path, programs):
    class_archive.make(tmp_path / "classes.jsa")
    assert (tmp_path / "classes.jsa").read_text() == "new"
    assert programs[0][-1][-3:] == ["airports", "airlines", "aircraft"]
    assert [file.name for file in tmp_path.iterdir()] == ["classes.jsa"]


def test_what_fails_leaves_the_archive_that_was_there(tmp_path, programs):
    programs[1].append(True)
    (tmp_path / "classes.jsa").write_text("old")
    with pytest.raises(subprocess.CalledProcessError):
        class_archive.make(tmp_path / "classes.jsa")
    assert (tmp_path / "classes.jsa").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["classes.jsa"]
