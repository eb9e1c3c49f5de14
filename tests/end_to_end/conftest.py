"""A real Airflow with an empty data directory. Its source is a folder of real files, which a test can damage."""

from pathlib import Path

import pytest
from rich.console import Console

from local_airflow.client import Client
from local_airflow.follow import Chain
from ontime.datasets import DATASETS
from ontime.sources.embedded import EmbeddedPublisher
from ontime.warehouse import dbt
from tests.end_to_end.running import airflow_with

MONTHS = ("2013-01", "2013-02")


@pytest.fixture(scope="module")
def published_files(tmp_path_factory) -> Path:
    """A folder with two months of the embedded publisher's files."""
    folder = tmp_path_factory.mktemp("publisher")
    for name in ("flights", *DATASETS["flights"].needs):
        (folder / name).mkdir()
        for partition in DATASETS[name].partitions(MONTHS):
            EmbeddedPublisher().fetch(name, partition, folder / name / f"{partition}.csv")
    return folder


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, published_files) -> Client:
    """An Airflow whose gate takes dbt's unit tests as passed: `tests/dbt_project` runs them, and in a chain the tests
    of `make test-more` do."""
    with airflow_with(tmp_path_factory.mktemp("data"), source="folder", source_dir=published_files) as client:
        dbt.remember_unit_tests()
        yield client


@pytest.fixture(scope="module")
def first_run(airflow) -> Chain:
    chain = Chain(airflow, Console(width=140))
    chain.run(*MONTHS)
    return chain
