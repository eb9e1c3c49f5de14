"""What is refused before a local Airflow starts; `tests/end_to_end` runs a real one."""

import pytest

from local_airflow.airflow import running_airflow
from local_airflow.client import AirflowNotReady
from ontime.settings import settings


def test_a_port_that_the_system_would_choose_is_refused_at_once(data_dir, monkeypatch):
    monkeypatch.setattr(settings, "port", 0)
    with pytest.raises(AirflowNotReady, match="ONTIME_PORT=0: choose a port"), running_airflow("the test"):
        pytest.fail("Airflow was started")
    assert not settings.airflow_home.exists()
