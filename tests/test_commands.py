"""The README's commands other than `make demo` and `make test`."""

import os
import re
import signal
import subprocess

import psutil
import pytest

from ontime.settings import PROJECT_DIR
from tests.newcomer import Newcomer, shell_environment


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return shell_environment(tmp_path_factory.mktemp("commands"))


@pytest.mark.more
def test_up_prints_address_and_login_and_ctrl_c_stops_every_process(environment):
    up = subprocess.Popen(
        ["make", "up"], cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    printed = ""
    for line in up.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    assert f"http://localhost:{environment['ONTIME_PORT']}" in printed
    assert re.search(r"user admin +password \S{16}", printed)
    os.killpg(up.pid, signal.SIGINT)
    up.communicate(timeout=60)
    assert [process for process in psutil.process_iter() if _belongs_to(process, environment["ONTIME_DATA_DIR"])] == []


def _belongs_to(process: psutil.Process, data_dir: str) -> bool:
    try:
        return process.environ().get("ONTIME_DATA_DIR") == data_dir
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("make", r"^make demo +\w+"),
        ("make doctor", r"✓ Java \d+"),
        ("make doctor PYTHON=$(command -v python3)", r"✓ Python 3"),
        ("make --dry-run demo", r"ontime demo *$"),
        ('make --dry-run demo MONTHS="2013-01 2013-03"', r"ontime demo --from 2013-01 --to 2013-03$"),
        ("make --dry-run backfill FROM=2019-01 TO=2020-12", r"ontime backfill --from 2019-01 --to 2020-12$"),
        ('make --dry-run backfill DATASETS="weather flights" FROM=2019-01', r"ontime backfill weather flights --from "),
        ("make --dry-run backfill DATASET=airports", r"ontime backfill airports$"),
    ],
    ids=[
        *("menu", "doctor", "doctor with a named Python", "demo", "demo of other months"),
        *("backfill", "backfill of two datasets", "backfill of one table"),
    ],
)
def test_small_commands(command, output, environment):
    assert re.search(output, Newcomer(environment).shell(command), re.MULTILINE)


def test_clean_removes_generated_files_and_nothing_else(tmp_path):
    removed = re.search(r"^clean:.*\n\t@rm -rf (.*)$", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE)[1].split()
    tracked = subprocess.run(["git", "ls-files", *removed], cwd=PROJECT_DIR, capture_output=True, text=True).stdout
    assert tracked == ""
    for path in removed:
        (tmp_path / path).mkdir(parents=True)
    subprocess.run(["make", "-f", PROJECT_DIR / "Makefile", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path for path in removed if (tmp_path / path).exists()] == []


def test_ci_runs_the_other_commands():
    lines = (PROJECT_DIR / ".ci" / "run").read_text().splitlines()
    commands = [line.partition("||")[0].strip() for line in lines]
    assert [command for command in commands if command.startswith(("step make", "make"))] == [
        "step make install",
        "step make lint",
        "step make test",
        "make test-docker",
        "step make test-more",
    ]
