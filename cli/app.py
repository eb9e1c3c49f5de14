"""``ontime``: every step of the pipeline as a command."""

import io
import os
import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

import ontime  # noqa: F401 - prepares the environment before a library reads it
from cli import (
    bench,
    check,
    clean,
    dataset,
    download,
    incidents,
    labs,
    local_airflow,
    model,
    project,
    report,
    site,
    warehouse,
)
from cli.options import print_error

#: The command line in the order of its help: title of a section → name → command or group of commands.
COMMANDS: dict[str, dict[str, Any]] = {
    "The whole pipeline, through Airflow": {
        "demo": local_airflow.demo,
        "up": local_airflow.up,
        "run": local_airflow.run,
        "backfill": local_airflow.backfill,
        "doctor": local_airflow.doctor,
        "airflow": local_airflow.app,
    },
    "One step, in the order that data flows": {
        "download": download.download,
        "check": check.app,
        "clean": clean.clean,
        "warehouse": warehouse.app,
        "model": model.app,
        "report": report.report,
        "site": site.app,
    },
    "Learn by doing": {"labs": labs.app, "incident": incidents.app},
    "Your own project": {"project": project.app, "dataset": dataset.app},
    "Measurements": {"leaks": report.leaks, "bench": bench.app},
}


class Group(TyperGroup):
    """Plain help with whole sentences; typer's own sections need rich, whose import takes 0.4 s of CPU."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        sections = {"Commands": self.commands} if ctx.parent else COMMANDS
        for title, names in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(limit=200)) for name in names])


app = typer.Typer(
    cls=Group,
    help="US flights, from the publishers' raw files to a published warehouse and a scored delay model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for section in COMMANDS.values():
    for name, command in section.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, cls=Group)
        else:
            app.command(name)(command)


def main() -> None:
    """Entry point of the ``ontime`` command."""
    # A shell starts background jobs with Ctrl-C ignored; a command must be interruptible there too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # An ordinary exit, so that a command stops the processes that it started.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    _write_utf8()
    try:
        app(prog_name="ontime")
    except Exception as problem:
        from ontime import failures
        from ontime.settings import settings

        meaning = failures.sentence(problem)
        if settings.traceback or not meaning:
            raise
        print_error(meaning)
        sys.exit(1)


def _write_utf8() -> None:
    """Restart this program in Python's UTF-8 mode if the locale is not UTF-8.

    Names of files are then the same in all our processes. A character that the terminal cannot show becomes a question
    mark.
    """
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.ignore_environment:
        # With PYTHONUTF8=1, which the import of `ontime` has set.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
