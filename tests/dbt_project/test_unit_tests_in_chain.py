"""The gate of the marts runs dbt's unit tests once per dbt project, and a model with a bug stops there."""

import shutil

import pytest

from ontime.settings import settings
from ontime.warehouse.dbt import DbtFailed, run_unit_tests
from tests.dbt_project import tiny_lake
from tests.dbt_project.dbt_in_process import Dbt

pytestmark = pytest.mark.more

MODEL = "models/intermediate/int_flights_keyed.sql"


def test_they_run_once_per_project_and_catch_weather_joined_on_the_local_hour(dbt: Dbt, tmp_path, monkeypatch):
    dbt.make_lake(tiny_lake.good_rows())
    assert not run_unit_tests()  # nothing is built yet
    assert dbt.build().succeeded
    before = settings.warehouse_candidate.read_bytes()

    assert run_unit_tests()
    assert not run_unit_tests()
    assert settings.warehouse_candidate.read_bytes() == before

    project = shutil.copytree(settings.dbt_project_dir, tmp_path / "project")
    sql = (project / MODEL).read_text()
    (project / MODEL).write_text(
        sql.replace("date_trunc('hour', scheduled_departure_at)", "date_trunc('hour', scheduled_departure_local_at)")
    )
    assert (project / MODEL).read_text() != sql
    monkeypatch.setattr(type(settings), "dbt_project_dir", project)
    for _ in range(2):  # a failure is not remembered as passed
        with pytest.raises(DbtFailed, match="keys_contain_flight_route_and_hour"):
            run_unit_tests()
