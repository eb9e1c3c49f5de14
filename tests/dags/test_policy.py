"""What must hold for every DAG: names, order, documentation, owners, retries."""

import re
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from jinja2 import Template

from ontime import project
from ontime.datasets import DATASETS
from ontime.project import Project
from ontime.settings import settings
from spark_jobs.engine.session import LARGE_BATCH_OPTIONS, LARGE_BATCH_ROWS, SMALL_BATCH_OPTIONS

INGEST = ["download", "validate_raw", "clean", "validate_clean"]
TASKS = {
    "ingest": ["reference", "flights", "weather"],
    "reference": INGEST,
    "flights": INGEST,
    "weather": INGEST,
    "warehouse": ["prepare", "announce", "validate_marts", "publish"],
    "training": [
        "build_features",
        "train_candidates",
        "evaluate_candidates",
        "register_challenger",
        "promote_challenger",
        "score_new_months",
        "monitor",
    ],
    "report": ["write_report"],
} | {dataset.dag: INGEST for dataset in DATASETS.values()}
MARTS = {
    "fct_flights",
    "fct_weather_hourly",
    "dim_airlines",
    "dim_airports",
    "dim_aircraft",
    "dim_dates",
    "agg_route_performance_monthly",
    "agg_airport_delays_hourly",
    "agg_airline_daily",
    "agg_flights_daily",
    "agg_route_airline_monthly",
    "agg_delay_histogram_monthly",
    "agg_delay_causes_monthly",
}
#: Gates and writers are not retried: they would only fail again, or write twice.
NOT_RETRIED = {"validate_raw", "validate_clean", "validate_marts", "prepare", "announce", "monitor", "write_report"}


def test_no_dag_file_fails_to_import(dag_bag):
    assert dag_bag.import_errors == {}


def test_the_expected_dags_exist(dag_bag):
    assert set(dag_bag.dags) == set(TASKS)


@pytest.mark.parametrize("dag_id", TASKS)
def test_each_dag_has_the_expected_tasks_in_order(dag_bag, dag_id):
    own = [task.task_id for task in dag_bag.dags[dag_id].topological_sort() if not task.task_id.startswith("build.")]
    assert own == TASKS[dag_id]


def test_every_mart_is_a_task_between_prepare_and_the_gate(dag_bag):
    dag = dag_bag.dags["warehouse"]
    models = {
        match[1] for task in dag.tasks if (match := re.fullmatch(r"build\.(?:(\w+)\.run|(\w+)_run)", task.task_id))
    }
    assert models >= MARTS
    gate = dag.get_task("validate_marts").get_flat_relative_ids(upstream=True)
    assert gate == {task.task_id for task in dag.tasks} - {"validate_marts", "publish", "announce"}


@pytest.mark.parametrize("dag_id", TASKS)
def test_every_dag_is_documented_and_owned(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]
    assert dag.doc_md.strip().startswith("###")
    assert dag.description
    assert dag.tags
    assert dag.owner == project.read().owner
    assert dag.max_active_runs == 1
    for task_id in TASKS[dag_id]:
        assert f"`{task_id}`" in dag.doc_md


@pytest.mark.parametrize("dag_id", TASKS)
def test_every_task_has_a_timeout_and_gates_are_not_retried(dag_bag, dag_id):
    for task in dag_bag.dags[dag_id].tasks:
        assert task.execution_timeout is not None, task.task_id
        if task.task_id in NOT_RETRIED or task.task_id.startswith("build."):
            assert task.retries == 0, task.task_id


@pytest.mark.parametrize("dag_id", ["flights", "weather", "reference"])
def test_downloads_are_retried(dag_bag, dag_id):
    assert dag_bag.dags[dag_id].get_task("download").retries >= 1


@pytest.mark.parametrize("dag_id", ["ingest", "flights", "weather"])
@pytest.mark.parametrize("month", ["2013-1", "2013-13", "January"])
def test_the_form_refuses_an_invalid_month(dag_bag, dag_id, month):
    params = dag_bag.dags[dag_id].params
    params.validate()
    with pytest.raises(ValueError, match=f"'{month}' does not match"):
        params.get_param("first_month").resolve(month)


@pytest.mark.parametrize("dag_id", ["flights", "weather", "reference"])
def test_spark_jobs_wait_in_the_configured_pool(dag_bag, dag_id):
    assert dag_bag.dags[dag_id].get_task("clean").pool == settings.spark_pool


def test_assets_connect_the_dags(dag_bag):
    from airflow.sdk import AssetAny

    def outlets(dag_id, task_id):
        return {asset.name for asset in dag_bag.dags[dag_id].get_task(task_id).outlets}

    def waits_for(dag_id):
        return {asset.name for asset in dag_bag.dags[dag_id].timetable.asset_condition.objects}

    # A list of assets would wait for all of them.
    assert isinstance(dag_bag.dags["warehouse"].timetable.asset_condition, AssetAny)
    clean = {dag_id: outlets(dag_id, "validate_clean") for dag_id in {dataset.dag for dataset in DATASETS.values()}}
    assert (clean["flights"], clean["weather"]) == ({"clean_flights"}, {"clean_weather"})
    assert clean["reference"] == {"clean_airports", "clean_airlines", "clean_aircraft"}
    assert waits_for("warehouse") == set().union(*clean.values()) == {f"clean_{name}" for name in DATASETS}
    assert outlets("warehouse", "publish") == {"warehouse"} == waits_for("training")
    assert outlets("report", "write_report") == {"report"}
    assert outlets("training", "promote_challenger") == {"model"}
    assert outlets("training", "score_new_months") == {"predictions"}
    assert outlets("training", "monitor") == {"monitoring"} == waits_for("report")


def test_with_the_approval_setting_a_person_approves_before_promotion(dag_bag, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    assert "approve" not in dag_bag.dags["training"].task_ids
    monkeypatch.setattr(settings, "promotion_needs_approval", True)
    dag = DagBag(settings.dags_dir / "training.py").dags["training"]
    assert dag.get_task("approve").upstream_task_ids == {"is_better"}
    assert dag.get_task("promote_challenger").upstream_task_ids == {"register_challenger", "approve"}
    # The champion's predictions are published even if the challenger is rejected, needs no approval or gets no answer.
    assert dag.get_task("score_new_months").trigger_rule == "none_failed"
    assert dag.get_task("is_better").ignore_downstream_trigger_rules is False
    approve = dag.get_task("approve")
    assert (approve.response_timeout, approve.defaults) == (timedelta(days=7), ["Reject"])


@pytest.mark.parametrize(("rows", "goes_on"), [(0, False), (27_004, True)], ids=["no flights", "flights"])
def test_without_flights_the_training_is_skipped_with_a_sentence(dag_bag, monkeypatch, capsys, rows, goes_on):
    from ml import train

    monkeypatch.setattr(train, "build_features", lambda: {"rows": rows})
    task = dag_bag.dags["training"].get_task("build_features")
    assert bool(task.python_callable()) is goes_on
    assert ("No flights are published" in capsys.readouterr().out) is not goes_on
    # The champion's predictions must not be scored either, although that task also runs after skipped ones.
    assert task.ignore_downstream_trigger_rules


def test_the_asset_event_lists_what_has_drifted(dag_bag, monkeypatch):
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from ml import train

    drifted = {"status": "drifted", "months": {"2013-12": ["score: PSI 0.31"]}}
    monkeypatch.setattr(train, "monitor", lambda scored: drifted)
    monitor, events = dag_bag.dags["training"].get_task("monitor"), OutletEventAccessors()
    assert monitor.python_callable({}, outlet_events=events) == drifted
    [asset] = monitor.outlets
    assert events[asset].extra == drifted


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        pytest.param(LARGE_BATCH_ROWS - 1, SMALL_BATCH_OPTIONS, id="the quick compiler"),
        pytest.param(LARGE_BATCH_ROWS, LARGE_BATCH_OPTIONS, id="the full one"),
    ],
)
@pytest.mark.parametrize("dag_id", ["reference", "flights", "weather"])
def test_the_jvm_is_set_up_for_the_rows_that_were_downloaded(dag_bag, dag_id, rows, options):
    template = dag_bag.dags[dag_id].get_task("clean").conf["spark.driver.extraJavaOptions"]
    downloaded = SimpleNamespace(xcom_pull=lambda task_ids: {"download": {"rows": rows}}[task_ids])
    assert Template(template).render(ti=downloaded).startswith(options)


class Sent(list):
    """Events of an asset, as Airflow's accessor gives them."""

    def ascending(self, _: bool) -> "Sent":
        return Sent(reversed(self))

    def limit(self, count: int) -> "Sent":
        return Sent(self[:count])


def test_a_publication_whose_event_was_never_sent_is_announced_once(dag_bag, data_dir):
    from airflow.sdk.exceptions import AirflowSkipException
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from ontime import warehouse
    from tests.ontime.warehouse.made import candidate

    announce, publish = (dag_bag.dags["warehouse"].get_task(name) for name in ("announce", "publish"))
    assert publish.retries == 2
    [asset] = announce.outlets
    assert announce.inlets == publish.outlets == [asset]

    def run(*sent: dict) -> dict:
        events = OutletEventAccessors()
        inlets = {asset: Sent(SimpleNamespace(extra=extra) for extra in sent)}
        announce.python_callable(inlet_events=inlets, outlet_events=events)
        return events[asset].extra

    with pytest.raises(AirflowSkipException):  # nothing is published
        run()
    first, second = (warehouse.publish("ontime", candidate(value), {}) for value in (1, 2))
    assert run({"version": first.version}) == run() == {"version": second.version, "sha256": second.sha256}
    with pytest.raises(AirflowSkipException):
        run({"version": first.version}, {"version": second.version})
    warehouse.rollback()
    with pytest.raises(AirflowSkipException):
        run({"version": first.version}, {"version": second.version})


def test_a_dag_belongs_to_the_owner_of_the_project(dag_bag, tmp_path, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    project.write(Project(title="Delays", owner="Zoë Doe"))
    monkeypatch.delitem(sys.modules, "wiring.ingest_tasks")  # Airflow parses each DAG file in a process of its own
    assert DagBag(settings.dags_dir / "weather.py").dags["weather"].owner == "Zoë Doe"
