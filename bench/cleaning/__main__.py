"""``python -m bench.cleaning duckdb 2013-01 2013-12``: one engine in a process whose cost can be measured."""

import importlib
from enum import StrEnum

import typer

from bench.cleaning import files
from ontime import lake
from ontime.months import months_between


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POLARS = "polars"
    PANDAS = "pandas"


def main(engine: Engine, first_month: str, last_month: str) -> None:
    """Clean the raw flights in the lake, and write them to the engine's folder."""
    module = importlib.import_module(f"bench.cleaning.with_{engine}")
    time_zones, airline_codes = files.time_zones(), files.airline_codes()
    for month in months_between(first_month, last_month):
        raw = lake.current_raw("flights", month).path
        module.clean(raw, month, time_zones, airline_codes, files.target(engine, month))


if __name__ == "__main__":
    typer.run(main)
