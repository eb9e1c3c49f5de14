"""The preflight: what it says of a good machine, and of each thing that can be missing."""

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local_airflow import doctor


def fake_java(folder: Path, printed: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{printed}' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.parametrize(
    ("printed", "good", "found"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True, "Java 17"),
        ('openjdk version "21" 2023-09-19', True, "Java 21"),
        ('openjdk version "11.0.2" 2019-01-15', False, "Java 11"),
        ('java version "1.8.0_202"', False, "Java 8"),
        ("no idea", False, "does not tell its version"),
    ],
)
def test_java_versions(tmp_path, monkeypatch, printed, good, found):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, printed)))
    ok, told, fix = doctor.check_java()
    assert ok is good
    assert found in told
    assert "sudo apt install default-jre-headless" in fix


def test_no_java_at_all(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    ok, told, fix = doctor.check_java()
    assert (ok, told) == (False, "no Java")
    assert all(system in fix for system in ("Debian/Ubuntu", "Fedora", "macOS"))


@pytest.mark.parametrize(
    ("version", "good"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False), ((3, 6), False)]
)
def test_python_versions(monkeypatch, version, good):
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    assert doctor.check_python()[0] is good


def test_windows_is_told_of_wsl(monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Windows")
    ok, _, fix = doctor.check_platform()
    assert not ok
    assert "WSL2" in fix and "docker compose up" in fix


def test_a_busy_port_is_told_with_another(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ok, told, fix = doctor.check_port(port)
    assert (ok, told) == (False, f"port {port} is busy")
    assert f"ONTIME_PORT={port + 1} make" in fix


def test_too_little_disk_or_memory_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "DISK_GIB", 10**6)
    monkeypatch.setattr(doctor, "MEMORY_GIB", 10**6)
    assert doctor.check_disk(".")[0] is False
    assert doctor.check_memory()[0] is False


def test_a_failed_check_fails_the_command_and_says_how_to_mend_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, doctor.__file__, "--quiet", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "is busy" in done.stdout and "→ choose another port" in done.stdout


def test_this_machine_is_fit_and_quiet_says_nothing():
    done = subprocess.run([sys.executable, doctor.__file__, "--quiet", "--port", "0"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
