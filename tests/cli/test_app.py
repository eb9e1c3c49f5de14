"""The ``ontime`` command as a whole: help of every command, speed, shell completion, signals, exit codes."""

import os
import signal
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from cli.app import COMMANDS, app

MAIN = "from cli.app import main; main()"
ROOMS = {"ontime.settings", "spark_jobs", "expectations", "ml", "analysis", "dashboard", "serving", "bench"}
ROOMS |= {"local_airflow", "labs", "airflow", "rich", "numpy", "pandas", "pyspark", "duckdb", "httpx"}


def commands(group: typer.Typer) -> dict[tuple[str, ...], bool]:
    """The words of every command and group below ``group``, and whether they name a group."""
    words = {}
    for command in group.registered_commands:
        words[(command.name or command.callback.__name__.replace("_", "-"),)] = False
    for below in group.registered_groups:
        words[(below.name,)] = True
        words |= {(below.name, *rest): is_group for rest, is_group in commands(below.typer_instance).items()}
    return words


def ontime(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process; the last line on standard error is its CPU time, then the rooms it imported."""
    report = (
        "import atexit, resource, sys; atexit.register(lambda: print(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),"
        f" *sorted({ROOMS!r} & set(sys.modules)), file=sys.stderr)); "
    )
    return subprocess.run(
        [sys.executable, "-c", report + MAIN, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )


@pytest.mark.parametrize("words", sorted(commands(app)), ids=" ".join)
def test_every_command_explains_itself(words):
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    usage, _, sentence, *_ = shown.output.splitlines()
    assert usage.startswith("Usage:")
    assert len(sentence.split()) > 2


def test_help_lists_every_command_in_its_section():
    shown = CliRunner().invoke(app, ["--help"]).output
    for title, names in COMMANDS.items():
        section = shown.partition(f"{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines() if line[2] != " "] == list(names)


@pytest.mark.parametrize("words", [words for words, is_group in commands(app).items() if is_group], ids=" ".join)
def test_a_group_without_a_command_shows_its_help(words):
    shown = CliRunner().invoke(app, list(words))
    assert shown.exit_code == 2
    assert "Commands:" in shown.output


def test_help_is_quick_and_imports_no_room():
    shown = ontime("--help")
    cpu_seconds, *imported = shown.stderr.split()
    assert (shown.returncode, imported) == (0, [])
    assert float(cpu_seconds) < 0.5


def test_a_shell_completes_commands_and_datasets():
    complete = {"_ONTIME_COMPLETE": "complete_bash"}
    assert ontime(COMP_WORDS="ontime de", COMP_CWORD="1", **complete).stdout.split() == ["demo"]
    assert ontime(COMP_WORDS="ontime clean we", COMP_CWORD="2", **complete).stdout.split() == ["weather"]


def test_completion_can_be_installed():
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "--install-completion" in shown and "--show-completion" in shown


def test_an_unknown_command_is_one_line_that_points_to_help():
    refused = ontime("demonstrate")
    assert refused.returncode == 2
    assert "Error: No such command 'demonstrate'." in refused.stderr
    assert "Try 'ontime --help' for help." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    ids=lambda value: str(value),
)
def test_a_signal_ends_a_command_after_its_clean_up(number, exit_code):
    program = """
import signal, sys
import cli.download, cli.options

def wait(datasets, first_month, last_month):
    try:
        print("started", flush=True)
        signal.pause()
    finally:
        print("cleaned up", flush=True)

cli.download.partitions = wait
"""
    # As in a background job of a shell, SIGINT is ignored at first.
    command = subprocess.Popen(
        [sys.executable, "-c", program + MAIN, "download", "flights"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert command.stdout.readline() == "started\n"
    command.send_signal(number)
    printed, errors = command.communicate(timeout=60)
    assert (printed, command.returncode) == ("cleaned up\n", exit_code), errors
