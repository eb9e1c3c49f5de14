"""What is refused and repaired when a local Airflow starts; `tests/end_to_end` runs a real one."""

import pytest

from local_airflow import airflow
from local_airflow.airflow import running_airflow
from local_airflow.client import AirflowNotReady
from ontime.settings import settings


def test_a_port_that_the_system_would_choose_is_refused_at_once(data_dir, monkeypatch):
    monkeypatch.setattr(settings, "port", 0)
    with pytest.raises(AirflowNotReady, match="ONTIME_PORT=0: choose a port"), running_airflow("the test"):
        pytest.fail("Airflow was started")
    assert not settings.airflow_home.exists()


def test_a_start_repairs_what_a_killed_backfill_has_left(data_dir, monkeypatch):
    calls = []

    class FakeAirflow:
        def __init__(self, process):
            calls.append(process)

        def wait_until_ready(self, before_each_try):
            calls.append("ready")

        def set_paused(self, dag_id, is_paused):
            calls.append((dag_id, is_paused))

    monkeypatch.setattr(airflow, "LocalAirflow", FakeAirflow)
    monkeypatch.setattr(airflow, "_check_machine", lambda: None)
    monkeypatch.setattr(airflow, "_start", lambda: "started")
    monkeypatch.setattr(airflow, "_stop", lambda process: calls.append("stopped"))
    with running_airflow("the test"):
        assert calls == ["started", "ready", ("warehouse", False)]
    assert calls[-1] == "stopped"
