"""``ontime``: every step of the pipeline as a command."""

import ontime  # limits threads before a numerical library is imported
import typer

from cli import bench, check, clean, download, local_airflow, model, report, warehouse

app = typer.Typer(
    name="ontime",
    help="US flights, from the publisher's raw files to a published warehouse and a scored delay model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

STEPS, SERVICES = "One step of the pipeline", "The whole pipeline"

for command in (local_airflow.demo, local_airflow.up, local_airflow.run, local_airflow.backfill, local_airflow.doctor):
    app.command(rich_help_panel=SERVICES)(command)
app.add_typer(local_airflow.app, name="airflow", rich_help_panel=SERVICES)
app.command("download", rich_help_panel=STEPS)(download.download)
app.add_typer(check.app, name="check", rich_help_panel=STEPS)
app.command("clean", rich_help_panel=STEPS)(clean.clean)
app.add_typer(warehouse.app, name="warehouse", rich_help_panel=STEPS)
app.add_typer(model.app, name="model", rich_help_panel=STEPS)
app.command("report", rich_help_panel=STEPS)(report.report)
app.add_typer(bench.app, name="bench", rich_help_panel="Measurements")


def main() -> None:
    """Entry point of the ``ontime`` command."""
    app()
