"""The real DAG files, parsed as Airflow parses them."""

import pytest

from local_airflow.environment import environment
from ontime.settings import settings
from ontime.warehouse import dbt


@pytest.fixture(scope="package")
def dag_bag(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("data"))
        # Airflow reads its environment when it is first imported.
        for name, value in environment().items():
            patch.setenv(name, value)
        patch.syspath_prepend(settings.dags_dir)  # as Airflow does
        dbt.parse()
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(settings.dags_dir)
