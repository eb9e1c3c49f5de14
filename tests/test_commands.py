"""The commands of the README beside `make demo` and `make test`."""

import os
import re
import signal
import subprocess

import psutil
import pytest

from ontime.settings import PROJECT_DIR
from tests.newcomer import shell, shell_environment


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return shell_environment(tmp_path_factory.mktemp("commands"))


@pytest.mark.more
def test_up_shows_address_and_login_and_ctrl_c_ends_everything(environment):
    up = subprocess.Popen(
        ["make", "up"], cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    told = ""
    for line in up.stdout:
        told += line
        if "Ctrl-C" in line:
            break
    assert f"http://localhost:{environment['ONTIME_PORT']}" in told
    assert re.search(r"user admin +password \S{16}", told)
    os.killpg(up.pid, signal.SIGINT)
    up.communicate(timeout=60)
    assert [process for process in psutil.process_iter() if _belongs_to(process, environment["ONTIME_DATA_DIR"])] == []


def _belongs_to(process: psutil.Process, data_dir: str) -> bool:
    try:
        return process.environ().get("ONTIME_DATA_DIR") == data_dir
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False


@pytest.mark.parametrize("command", ["make", "make doctor"])
def test_small_commands(command, environment):
    assert shell(command, environment)


def test_clean_removes_what_was_generated_and_nothing_else(tmp_path):
    removed = re.search(r"^clean:.*\n\t@rm -rf (.*)$", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE)[1].split()
    tracked = subprocess.run(["git", "ls-files", *removed], cwd=PROJECT_DIR, capture_output=True, text=True).stdout
    assert tracked == ""
    for path in removed:
        (tmp_path / path).mkdir(parents=True)
    subprocess.run(["make", "-f", PROJECT_DIR / "Makefile", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path for path in removed if (tmp_path / path).exists()] == []


def test_ci_runs_the_other_commands():
    lines = (PROJECT_DIR / ".ci" / "run").read_text().splitlines()
    assert "make lint" in lines
    assert "make test" in lines
    assert "make test-more" in lines
    assert lines[-1] == "make test-docker"
