"""``ontime``: every step of the pipeline as a command."""

import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

import ontime  # noqa: F401 - limits the threads of numerical libraries before one is imported
from cli import bench, check, clean, download, local_airflow, model, report, warehouse

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
    },
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
    app(prog_name="ontime")
