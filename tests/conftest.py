"""Fixtures that the tests of several rooms share."""

import os

# A developer's own .env must not change the tests.
os.environ["ONTIME_ENV_FILE"] = os.devnull

# First: it limits the threads of numerical libraries, which read the limit when they are imported.
import ontime  # isort: skip  # noqa: F401

from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

from ontime.settings import settings

#: Files that take long, longest first: all processes then end at about the same time.
LONG = (
    "test_two_months.py",
    "test_live_years.py",
    "test_readme.py",
    "test_prove.py",
    "test_later_runs.py",
    "test_killed_airflow.py",
    "test_own_dataset.py",
    "test_new_dataset.py",
    "test_footfall.py",
    "test_machine.py",
    "test_publication_processes.py",
    "test_monitoring_year.py",
    "test_eight_people.py",
    "test_random_faults.py",
    "test_agreement.py",
    "test_partitions.py",
    "test_warehouse_build.py",
    "test_bad_input.py",
    "test_train.py",
    "test_flights.py",
    "test_jobs.py",
    "test_commands.py",
    "test_suites.py",
    "test_incremental_build.py",
    "test_live_flights.py",
    "test_live_weather.py",
    "test_validate.py",
    "test_bounds.py",
    "test_policy.py",
    "test_gate.py",
    "test_bts.py",
    "test_ghcnh.py",
)


#: What one process has for all others, because it is slow to start or busy even while it waits: parts of the names of
#: the files that use it.
ONE_OF_EACH = {
    # Two processes, because an Airflow waits for a part of its time.
    "airflow": ("/test_two_months.py", "/test_live_years.py", "/test_killed_airflow.py", "/test_commands.py"),
    "another airflow": ("/test_readme.py", "/test_later_runs.py"),
    "dags": ("/dags/",),
    "spark": (
        "/spark_jobs/",
        "/test_agreement.py",
        "/test_bad_input.py",
        "/test_input.py",
        "/test_live_flights.py",
        "/test_live_weather.py",
        "/test_machine.py",
    ),
}


class OneOfEach(LoadFileScheduling):
    """Gives each process whole files, and one process all files that use the same of ``ONE_OF_EACH``."""

    def _split_scope(self, nodeid: str) -> str:
        file = f"/{super()._split_scope(nodeid)}"
        return next((name for name, parts in ONE_OF_EACH.items() if any(part in file for part in parts)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneOfEach:
    return OneOfEach(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def spark():
    """The one Spark session of all tests that run in this process."""
    from spark_jobs.engine.session import session

    spark = session("local[1]")
    gateway = spark.sparkContext._gateway
    yield spark
    spark.stop()
    # Else its connections are closed, and log it, after pytest has had its last word.
    gateway.shutdown()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory; every path of the application lies in it for one test."""
    monkeypatch.setattr(settings, "data_dir", tmp_path / "data")
    return settings.data_dir


@pytest.fixture(scope="module")
def module_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("data"))
        yield settings.data_dir


@pytest.fixture(scope="module")
def chromium():
    """The one browser of all tests of a module."""
    from tests.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(chromium, request: pytest.FixtureRequest):
    """Opens pages for one test: `visit(address, view)`, see `tests/browser.py`."""
    from tests.browser import Visits, artifacts

    visits = Visits(chromium, artifacts(request.node.nodeid))
    yield visits
    visits.close()
