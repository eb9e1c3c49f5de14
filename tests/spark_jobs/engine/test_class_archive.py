"""The class archive is used if it exists and built completely or not at all; a broken one does not stop a JVM."""

import subprocess
from pathlib import Path

import pytest

from ontime.settings import Settings, settings
from spark_jobs.engine import class_archive
from spark_jobs.engine.session import LARGE_BATCH_OPTIONS, LARGE_BATCH_ROWS, SMALL_BATCH_OPTIONS, java_options


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        pytest.param(0, SMALL_BATCH_OPTIONS, id="an unknown number of rows"),
        pytest.param(LARGE_BATCH_ROWS - 1, SMALL_BATCH_OPTIONS, id="three national months"),
        pytest.param(LARGE_BATCH_ROWS, LARGE_BATCH_OPTIONS, id="the full compiler pays off"),
    ],
)
def test_an_archive_is_used_if_it_exists(tmp_path, monkeypatch, rows, options):
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
        pytest.param(b"", id="empty, because the disk was full"),
        pytest.param(b"\xa8\xab\x0b\xf0" + bytes(4096), id="the right magic number followed by zeros"),
    ],
)
def test_a_jvm_starts_with_a_broken_archive(tmp_path, content):
    file = tmp_path / "classes.jsa"
    if content is not None:
        file.write_bytes(content)
    done = subprocess.run(["java", f"-XX:SharedArchiveFile={file}", "-version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def programs(monkeypatch):
    """The commands, recorded instead of run. Spark only writes the archive; it then fails if ``fails`` is not empty."""
    run, fails = [], []

    def program(command, environment):
        run.append(command)
        for word in command:
            if "ArchiveClassesAtExit=" in word:
                Path(word.split("ArchiveClassesAtExit=")[1].strip('"')).write_text("new")
                if fails:
                    raise subprocess.CalledProcessError(1, command, stderr="no Java")

    monkeypatch.setattr(class_archive, "_run", program)
    return run, fails


def test_the_archive_is_built_by_cleaning_the_reference_tables(tmp_path, programs):
    class_archive.make(tmp_path / "classes.jsa")
    assert (tmp_path / "classes.jsa").read_text() == "new"
    download, submit = programs[0]
    assert [Path(download[0]).name, *download[1:]] == ["ontime", "download", "aircraft", "airlines", "airports"]
    assert submit[-4:] == [str(settings.spark_application), "aircraft", "airlines", "airports"]
    assert [file.name for file in tmp_path.iterdir()] == ["classes.jsa"]


def test_a_failed_build_leaves_the_old_archive(tmp_path, programs):
    programs[1].append(True)
    (tmp_path / "classes.jsa").write_text("old")
    with pytest.raises(subprocess.CalledProcessError):
        class_archive.make(tmp_path / "classes.jsa")
    assert (tmp_path / "classes.jsa").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["classes.jsa"]
