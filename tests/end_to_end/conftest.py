"""A real Airflow on an empty data directory, fed from a folder of real files that a test can spoil."""

from pathlib import Path

import pytest
from rich.console import Console

from local_airflow.client import Client
from local_airflow.follow import Chain
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.sources.embedded import EmbeddedPublisher
from tests.end_to_end.running import airflow_with

MONTHS = ("2013-01", "2013-02")


@pytest.fixture(scope="module")
def published_files(tmp_path_factory) -> Path:
    """The embedded publisher's files of two months, in a folder."""
    folder = tmp_path_factory.mktemp("publisher")
    for dataset in DATASETS:
        (folder / dataset).mkdir()
        for partition in MONTHS if DATASETS[dataset].is_monthly else [ALL]:
            EmbeddedPublisher().fetch(dataset, partition, folder / dataset / f"{partition}.csv")
    return folder


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, published_files) -> Client:
    with airflow_with(tmp_path_factory.mktemp("data"), source="folder", source_dir=published_files) as client:
        yield client


@pytest.fixture(scope="module")
def first_run(airflow) -> Chain:
    chain = Chain(airflow, Console(width=140))
    chain.run(*MONTHS)
    return chain
