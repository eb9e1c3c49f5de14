"""The machine: paths, languages, users, disks, memory, ports."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from cli.app import main
from ontime import lake
from ontime import settings as settings_module
from ontime.contract import ALL
from ontime.settings import PROJECT_DIR, settings
from ontime.sources.download import download
from spark_jobs.engine import partitions
from tests.faults.fault import Fault, Verdict
from tests.newcomer import IS_ROOT_OF_LINUX, NAMELESS, NAMELESS_ID

MAIN = [sys.executable, "-c", "from cli.app import main; main()"]
needs_root = pytest.mark.skipif(not IS_ROOT_OF_LINUX, reason="only Linux's root can mount, and become another user")


@dataclass
class Machine:
    """Runs real commands under worse conditions: ``ontime`` in a new process, ``here`` in the test's own process."""

    data_dir: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    launcher: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    limits: dict[int, int] = field(default_factory=dict)
    umask: int = -1
    code: Path = PROJECT_DIR

    def ontime(self, *arguments: str, timeout: int = 600) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in ("HOME", "LC_ALL", "USER")}
        return subprocess.run(
            [*self.launcher, *MAIN, *arguments],
            cwd=self.code,
            env={**inherited, "ONTIME_DATA_DIR": str(self.data_dir), **self.variables},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            umask=self.umask,
            preexec_fn=lambda: [resource.setrlimit(kind, (limit, limit)) for kind, limit in self.limits.items()],
        )

    def here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.monkeypatch.setattr(settings, "data_dir", self.data_dir)
        self.monkeypatch.setattr(settings, "port", int(self.variables.get("ONTIME_PORT", free_port())))
        self.monkeypatch.setenv("JAVA_HOME", self.variables.get("JAVA_HOME", os.environ.get("JAVA_HOME", "")))
        self.monkeypatch.setattr(sys, "argv", ["ontime", *arguments])
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        with pytest.raises(SystemExit) as ended:
            main()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, *self.capsys.readouterr())


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def machine(tmp_path, monkeypatch, capsys) -> Machine:
    return Machine(tmp_path / "data", monkeypatch, capsys)


def check(fault: Fault, done: subprocess.CompletedProcess[str]) -> None:
    printed = done.stdout + done.stderr
    assert (done.returncode == 0) == (fault.verdict is not Verdict.REFUSED), printed
    assert fault.message in printed
    assert "Traceback" not in printed and "\tat " not in printed


def files_of(folder: Path) -> list[Path]:
    """The files in a data directory, without locks."""
    return [path for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts]


# -- names of folders ------------------------------------------------------------------
UNUSABLE = {
    "a backslash": "back\\slash",
    "a question mark": "what?",
    "a dollar sign": "$HOME",
    "a line break": "two\nlines",
    "bytes that are not UTF-8": os.fsdecode(b"latin-\xe4"),
}
REFUSED_NAMES = [
    Fault(f"the path has {what}", "every command", Verdict.REFUSED, "choose another folder", lambda name=name: name)
    for what, name in UNUSABLE.items()
]
WRONG_KIND = Fault(
    "the port is no number", "every command", Verdict.REFUSED, "ONTIME_PORT=eighty: Input should be a valid integer"
)
USABLE = {
    "a blank and an umlaut": "my clöne/on time",
    "+, % and an apostrophe": "+ %20 '",
    "brackets": "[x] [[y",
    "braces and a star": "{a,b} *",
    "#, : and a double quote": '# : "',
    "a leading dash": "-rf",
    "600 characters": "/".join(["x" * 200] * 3),
}
USED_NAMES = [
    Fault(f"the path has {what}", "clean, read by DuckDB", Verdict.HARMLESS, "", lambda name=name: name)
    for what, name in USABLE.items()
]


@pytest.mark.parametrize("fault", REFUSED_NAMES, ids=str)
def test_a_path_that_a_program_of_ours_cannot_use_is_refused_when_the_settings_are_read(fault, tmp_path, monkeypatch):
    monkeypatch.setenv("ONTIME_DATA_DIR", f"{tmp_path}/{fault.cause()}")
    with pytest.raises(SystemExit, match=fault.message):
        settings_module._read()


def test_a_setting_of_the_wrong_kind_is_named(monkeypatch):
    monkeypatch.setenv("ONTIME_PORT", "eighty")
    with pytest.raises(SystemExit, match=WRONG_KIND.message):
        settings_module._read()


@pytest.mark.more
@pytest.mark.parametrize("fault", USED_NAMES, ids=str)
def test_any_other_path_works(fault, tmp_path, monkeypatch, spark):
    data_dir = tmp_path / fault.cause()
    monkeypatch.setattr(settings, "data_dir", data_dir)
    download("airlines", [ALL])
    [committed] = partitions.clean("airlines", [ALL], lambda rows: spark)
    assert committed.rows_clean == 16
    query = "SELECT count(*) FROM read_parquet(?)"
    rows = duckdb.connect().execute(query, [lake.clean_glob("airlines")]).fetchone()
    assert rows == (16,)


# -- ports, Java and a second Airflow, before anything is started --------------------------
@contextmanager
def listening() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@contextmanager
def locked(data_dir: Path, step: str) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock of Airflow, as ``ontime demo`` does."""
    hold = f"from ontime import locks\nwith locks.hold('airflow', {step!r}): print(flush=True); input()"
    environment = {**os.environ, "ONTIME_DATA_DIR": str(data_dir)}
    owner = subprocess.Popen(
        [sys.executable, "-c", hold], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        owner.stdout.readline()
        yield owner
    finally:
        owner.kill()
        owner.communicate()


@contextmanager
def a_second_one(command: str, machine: Machine) -> Iterator[list[str]]:
    with locked(machine.data_dir, "ontime demo"):
        yield [command, *(["--from", "2013-01"] if command != "up" else [])]


@contextmanager
def after_a_killed_one(machine: Machine) -> Iterator[list[str]]:
    with locked(machine.data_dir, "ontime demo") as owner, listening() as port:
        owner.kill()
        owner.wait()
        machine.variables["ONTIME_PORT"] = str(port)  # ends the second one where it would start Airflow
        yield ["demo"]


@contextmanager
def a_busy_port(command: str, machine: Machine) -> Iterator[list[str]]:
    with listening() as port:
        machine.variables["ONTIME_PORT"] = str(port)
        yield [command]


@contextmanager
def java_that_prints(printed: str, machine: Machine) -> Iterator[list[str]]:
    java = machine.data_dir.parent / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    if printed:
        java.write_text(f"#!/bin/sh\necho '{printed}' >&2\n")
        java.chmod(0o755)
    machine.variables["JAVA_HOME"] = str(java.parent.parent)
    yield ["demo"]


BUSY = "ontime demo (process"
STARTS = [
    Fault(
        "a demo of the same data directory runs", "ontime demo", Verdict.REFUSED, BUSY, partial(a_second_one, "demo")
    ),
    Fault("a demo of the same data directory runs", "ontime up", Verdict.REFUSED, BUSY, partial(a_second_one, "up")),
    Fault(
        "a demo of the same data directory runs",
        "ontime backfill",
        Verdict.REFUSED,
        BUSY,
        partial(a_second_one, "backfill"),
    ),
    Fault("the port is busy", "ontime demo", Verdict.REFUSED, "listens: choose", partial(a_busy_port, "demo")),
    Fault("the port is busy", "ontime up", Verdict.REFUSED, "listens: choose", partial(a_busy_port, "up")),
    Fault("no Java", "ontime demo", Verdict.REFUSED, "install a Java runtime", partial(java_that_prints, "")),
    Fault(
        "Java is too old",
        "ontime demo",
        Verdict.REFUSED,
        "install a Java runtime, 17 or newer",
        partial(java_that_prints, 'openjdk version "11.0.2" 2019-01-15'),
    ),
]
TAKEN_OVER = Fault(
    "the demo before was killed with its lock held",
    "ontime demo",
    Verdict.HEALED,
    "ended without releasing its lock, which this process takes over",
    after_a_killed_one,
)


@pytest.mark.parametrize(
    "fault",
    [one if one.where == "ontime demo" else pytest.param(one, marks=pytest.mark.more) for one in STARTS],
    ids=str,
)
def test_what_airflow_lacks_is_said_before_anything_starts(fault, machine):
    with fault.cause(machine=machine) as command:
        check(fault, machine.here(*command))
    assert not (machine.data_dir / "airflow" / "airflow.log").exists()


def test_a_lock_of_a_killed_demo_is_taken_over(machine):
    with TAKEN_OVER.cause(machine) as command:
        done = machine.here(*command)
    assert TAKEN_OVER.message in done.stdout
    assert "is busy" in done.stderr


# -- disks and limits ------------------------------------------------------------------
@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def full_disk(machine: Machine) -> Iterator[None]:
    with mounted(machine.data_dir, "size=1m"):
        yield
        assert files_of(machine.data_dir) == []


@contextmanager
def read_only_disk(machine: Machine) -> Iterator[None]:
    with mounted(machine.data_dir, "ro"):
        yield


@contextmanager
def foreign_folder(machine: Machine) -> Iterator[None]:
    machine.data_dir.mkdir()
    machine.launcher = NAMELESS
    yield


@contextmanager
def file_instead_of_a_folder(machine: Machine) -> Iterator[None]:
    machine.data_dir.write_text("")
    yield
    machine.data_dir.unlink()


@contextmanager
def limit(kind: int, value: int, machine: Machine) -> Iterator[None]:
    machine.limits[kind] = value
    yield


@contextmanager
def too_long(machine: Machine) -> Iterator[None]:
    folder, machine.data_dir = machine.data_dir, machine.data_dir / ("x" * 300)
    yield
    machine.data_dir = folder


DISKS = [
    Fault("the disk is full", "ontime download", Verdict.REFUSED, "The disk is full: free some space", full_disk),
    Fault("the disk is read-only", "ontime download", Verdict.REFUSED, "The disk is read-only", read_only_disk),
    Fault(
        "a file is where the folder should be",
        "ontime download",
        Verdict.REFUSED,
        "A file is where a folder should be",
        file_instead_of_a_folder,
    ),
    Fault(
        "a name is longer than the file system allows",
        "ontime download",
        Verdict.REFUSED,
        "The path is too long",
        too_long,
    ),
]


LIMITS = [
    Fault("the folder is another user's", "ontime download", Verdict.REFUSED, "Permission denied: ", foreign_folder),
    Fault(
        "files may not become as large as a month",
        "ontime download",
        Verdict.REFUSED,
        "`ulimit -f unlimited`",
        partial(limit, resource.RLIMIT_FSIZE, 100_000),
    ),
]


@needs_root
@pytest.mark.parametrize("fault", DISKS, ids=str)
def test_a_disk_that_refuses_is_named_and_nothing_half_written_stays(fault, machine):
    with fault.cause(machine):
        check(fault, machine.here("download", "flights", "--from", "2013-01"))
    assert files_of(machine.data_dir) == []


@needs_root
@pytest.mark.more
@pytest.mark.parametrize("fault", LIMITS, ids=str)
def test_a_limit_of_the_process_is_named_and_nothing_half_written_stays(fault, machine):
    with fault.cause(machine):
        check(fault, machine.ontime("download", "flights", "--from", "2013-01"))
    assert files_of(machine.data_dir) == []


# -- Spark -----------------------------------------------------------------------------
@contextmanager
def little_memory(machine: Machine) -> Iterator[None]:
    machine.limits[resource.RLIMIT_AS] = 3 * 2**30
    yield


@contextmanager
def no_java(machine: Machine) -> Iterator[None]:
    machine.variables["JAVA_HOME"] = str(machine.data_dir)
    yield


@contextmanager
def a_disk_that_fills(machine: Machine) -> Iterator[None]:
    """A disk that is large enough for a raw month, but too small for the files that Spark writes."""
    kept = machine.data_dir.with_name("kept")
    shutil.move(machine.data_dir, kept)
    pages = sum(-(-path.stat().st_size // 4096) for path in kept.rglob("*") if path.is_file() and not path.is_symlink())
    with mounted(machine.data_dir, f"size={4 * pages + 256}k"):
        shutil.copytree(kept, machine.data_dir, dirs_exist_ok=True)
        yield


SPARK = [
    Fault("address space of 3 GiB (ulimit -v)", "ontime clean", Verdict.REFUSED, "Java did not start", little_memory),
    Fault("no Java", "ontime clean", Verdict.REFUSED, "Java did not start", no_java),
    Fault(
        "the disk becomes full", "ontime clean", Verdict.REFUSED, "The disk is full: free some space", a_disk_that_fills
    ),
]


@needs_root
@pytest.mark.more
@pytest.mark.parametrize("fault", SPARK, ids=str)
def test_a_failure_inside_spark_is_one_sentence_and_nothing_is_committed(fault, machine):
    assert machine.ontime("download", "airports", "airlines").returncode == 0
    assert machine.ontime("clean", "airports", "airlines").returncode == 0
    assert machine.ontime("download", "flights", "--from", "2013-01").returncode == 0
    with fault.cause(machine):
        check(fault, machine.ontime("clean", "flights", "--from", "2013-01"))
        assert not (machine.data_dir / "clean" / "flights").exists()
        assert list((machine.data_dir / "clean" / ".staging").iterdir()) == []


# -- languages and users ------------------------------------------------------------------
@contextmanager
def locale_c(machine: Machine) -> Iterator[None]:
    machine.data_dir = machine.data_dir / "dä ta"
    machine.variables |= {"LC_ALL": "C", "PYTHONUTF8": "0"}
    yield


@contextmanager
def ascii_terminal(machine: Machine) -> Iterator[None]:
    machine.variables |= {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    yield


@contextmanager
def nameless_user(machine: Machine) -> Iterator[None]:
    machine.launcher, machine.umask = NAMELESS, 0o077
    with TemporaryDirectory() as folder:  # pytest's own folders are root's
        machine.data_dir = Path(folder) / "data"
        os.chown(folder, NAMELESS_ID, NAMELESS_ID)
        yield


@contextmanager
def link_to_another_disk(machine: Machine) -> Iterator[None]:
    with mounted(machine.data_dir.with_name("disk"), "size=100m"):
        machine.data_dir.symlink_to(machine.data_dir.with_name("disk"))
        yield


@contextmanager
def another_time_zone(machine: Machine) -> Iterator[None]:
    machine.variables["TZ"] = "Asia/Kathmandu"
    yield


ELSEWHERE = [
    Fault("the locale C, and an umlaut in the path", "download, check, clean, check", Verdict.HARMLESS, "", locale_c),
    Fault("a terminal for ASCII only", "download, check, clean, check", Verdict.HARMLESS, "", ascii_terminal),
    Fault(
        "a user id without a name, HOME unset, umask 077",
        "download, check, clean, check",
        Verdict.HARMLESS,
        "",
        nameless_user,
    ),
    Fault(
        "the data directory is a link to another file system",
        "download, check, clean, check",
        Verdict.HARMLESS,
        "",
        link_to_another_disk,
    ),
    Fault("another time zone", "download, check, clean, check", Verdict.HARMLESS, "", another_time_zone),
]


@needs_root
@pytest.mark.more
@pytest.mark.parametrize("fault", ELSEWHERE, ids=str)
def test_every_step_works_on_this_machine_too(fault, machine):
    with fault.cause(machine):
        check(fault, machine.ontime("download", "airlines"))
        check(fault, machine.ontime("check", "raw", "airlines"))
        cleaned = machine.ontime("clean", "airlines")
        check(fault, cleaned)
        assert "airlines all: 16 raw = 16 clean + 0 quarantined" in cleaned.stdout
        check(fault, machine.ontime("check", "clean", "airlines"))


#: `tests/test_readme.py` runs the demo of the whole year like this.
A_STRANGE_MACHINE = Fault(
    "a clone named `my clöne/on time`, a user id without a name, HOME unset, umask 077, the locale C, no network",
    "make demo",
    Verdict.HARMLESS,
    "Look around",
)

#: `tests/end_to_end/test_killed_airflow.py` kills the demo like this.
A_KILLED_LAUNCHER = Fault(
    "the command and Airflow's launcher are killed while flights are cleaned; Airflow's other processes go on",
    "make demo",
    Verdict.HEALED,
    "Stopping what is left of an Airflow that was killed.",
)
A_KILLED_AIRFLOW = Fault(
    "the command and every process of Airflow are killed while dbt builds",
    "make demo",
    Verdict.HEALED,
    "ended without releasing its lock, which this process takes over.",
)

FAULTS = [
    *REFUSED_NAMES,
    WRONG_KIND,
    *USED_NAMES,
    *STARTS,
    TAKEN_OVER,
    *DISKS,
    *LIMITS,
    *SPARK,
    *ELSEWHERE,
    A_STRANGE_MACHINE,
    A_KILLED_LAUNCHER,
    A_KILLED_AIRFLOW,
]
