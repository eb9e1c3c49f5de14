"""One parsed dbt project for all tests of this folder."""

from collections.abc import Iterator

import pytest

from ontime.settings import settings
from tests.dbt_project.dbt_in_process import Dbt


@pytest.fixture(scope="session")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    # Braces, %, quotes and parentheses have a meaning somewhere between the environment and DuckDB.
    return Dbt(tmp_path_factory.mktemp("dbt") / "o'clock {50%} (copy)", tmp_path_factory.mktemp("target"))


@pytest.fixture(scope="module")
def project(_project: Dbt) -> Iterator[Dbt]:
    """The parsed project, without a lake and a warehouse.

    All modules share its data directory, because dbt would parse the project again for another one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", _project.data_dir)
        _project.clear()
        assert _project.manifest
        yield _project


@pytest.fixture
def dbt(project: Dbt) -> Dbt:
    """The same, cleared before each test."""
    project.clear()
    return project
