"""The check of the machine: what it says about a good one, and about each thing that can be missing."""

import ast
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_airflow import doctor


def fake_java(folder: Path, printed: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{printed}' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run_doctor(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, doctor.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})


@pytest.mark.parametrize(
    ("printed", "is_good", "state"),
    [
        pytest.param('openjdk version "17.0.15" 2025-04-15', True, "Java 17", id="17"),
        pytest.param('openjdk version "21" 2023-09-19', True, "Java 21", id="21"),
        pytest.param('openjdk version "11.0.2" 2019-01-15', False, "Java 11", id="11 is too old"),
        pytest.param('java version "1.8.0_202"', False, "Java 8", id="8 is written 1.8"),
        pytest.param("no idea", False, "cannot read the version", id="no version"),
    ],
)
def test_java_versions(tmp_path, monkeypatch, printed, is_good, state):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, printed)))
    ok, shown, fix = doctor.check_java()
    assert ok is is_good
    assert state in shown
    assert "sudo apt install default-jre-headless" in fix


def test_without_java_the_fix_names_every_system(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    ok, shown, fix = doctor.check_java()
    assert (ok, shown) == (False, "no Java")
    assert all(system in fix for system in ("Debian/Ubuntu", "Fedora", "macOS"))


@pytest.mark.parametrize(
    ("version", "is_good"),
    [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False), ((3, 6), False)],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_python_versions(monkeypatch, version, is_good):
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    assert doctor.check_python()[0] is is_good


def test_on_windows_the_fix_is_wsl_or_containers(monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Windows")
    ok, _, fix = doctor.check_platform()
    assert not ok
    assert "WSL2" in fix and "docker compose up" in fix


def test_for_a_busy_port_the_fix_is_another_one(busy_port):
    ok, shown, fix = doctor.check_port(busy_port)
    assert ok is False
    assert re.fullmatch(rf"port {busy_port} is busy: process {os.getpid()} \(.+\) listens", shown)
    assert f"ONTIME_PORT={busy_port + 1} make" in fix


@pytest.mark.parametrize("port", [65536, 10**9])
def test_a_port_that_does_not_exist_is_refused(port):
    assert doctor.check_port(port)[:2] == (False, f"port {port} does not exist")


def test_too_little_disk_or_memory_fails(monkeypatch):
    monkeypatch.setattr(doctor, "MEMORY_GIB", 10**6)
    assert doctor.check_disk(".", 10**6)[0] is False
    assert doctor.check_memory()[0] is False


def test_the_smallest_limit_of_memory_counts(monkeypatch, tmp_path):
    (tmp_path / "max").write_text(f"{2**30}\n")
    (tmp_path / "current").write_text(f"{2**29}\n")
    monkeypatch.setattr(doctor, "CGROUP_FILES", [(tmp_path / "max", tmp_path / "current")])
    ok, shown, fix = doctor.check_memory()
    assert (ok, shown) == (False, "0.5 GiB of memory allowed by the container")
    assert fix.startswith("give the container more memory")
    monkeypatch.setattr(doctor.resource, "getrlimit", lambda kind: (2**30, 2**30))
    assert doctor.check_memory()[1] == "0.2 GiB of memory allowed by ulimit -v"


def test_a_container_without_a_limit_has_the_machines_memory(monkeypatch, tmp_path):
    (tmp_path / "max").write_text("max\n")
    (tmp_path / "current").write_text("4096\n")
    monkeypatch.setattr(doctor, "CGROUP_FILES", [(tmp_path / "max", tmp_path / "current")])
    assert doctor.check_memory()[1].endswith("GiB of memory free")


def test_the_data_directory_must_be_a_folder_that_we_can_create(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    assert doctor.check_data_dir(str(tmp_path / "new" / "data"))[:2] == (True, f"can write into {tmp_path}")
    assert doctor.check_data_dir(str(tmp_path / "file" / "data"))[:2] == (False, f"{tmp_path / 'file'} is not a folder")
    assert doctor.check_data_dir(str(tmp_path / "dangling"))[:2] == (False, f"{tmp_path / 'dangling'} is not a folder")


def test_a_failed_check_fails_the_command_and_prints_its_fix(busy_port):
    done = run_doctor("--quiet", "--port", str(busy_port))
    assert done.returncode == 1
    assert "is busy" in done.stdout and "→ choose another port" in done.stdout


def test_on_this_machine_quiet_prints_nothing():
    done = run_doctor("--quiet", "--port", "0")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("env_file", "variables", "port"),
    [
        pytest.param("", {"ONTIME_PORT": "8090 "}, 8090, id="a blank after it, as in a Makefile"),
        pytest.param("ONTIME_SOURCE=live\n#ONTIME_PORT=1\n", {}, 8080, id="default"),
        pytest.param("ONTIME_PORT=8090\n", {}, 8090, id=".env"),
        pytest.param('ONTIME_PORT="8090" # ours\n', {}, 8090, id="quoted in .env"),
        pytest.param("ONTIME_PORT=8090\n", {"ONTIME_PORT": "8100"}, 8100, id="the environment wins"),
        pytest.param("ONTIME_PORT=8090\n", {"ONTIME_PORT": ""}, 8090, id="an empty variable is none"),
        pytest.param("ONTIME_PORT=\n", {}, 8080, id="an empty line is none"),
    ],
)
def test_the_port_is_the_one_of_the_settings(tmp_path, monkeypatch, env_file, variables, port):
    from ontime.settings import Settings

    file = tmp_path / ".env"
    file.write_text(env_file)
    monkeypatch.delenv("ONTIME_PORT", raising=False)
    for name, value in {"ONTIME_ENV_FILE": str(file), **variables}.items():
        monkeypatch.setenv(name, value)
    assert doctor.configured_port() == Settings(_env_file=file).port == port


def test_any_python_3_can_read_the_file():
    ast.parse(Path(doctor.__file__).read_text(), feature_version=(3, 6))
