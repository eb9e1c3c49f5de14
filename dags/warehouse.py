"""
### Warehouse: build a candidate, check it, publish it

Runs whenever clean data arrives. `prepare` skips the build while data is missing or stale, and when the published
warehouse, or a version that was rolled back, was made from exactly these inputs. Only the months that have changed
are rebuilt. If the dbt project or the aircraft have changed, all months are rebuilt.

| task | what it does |
| --- | --- |
| `prepare` | decides whether to build; copies the published file and links the changed months |
| `build` | dbt, one task per model, with its tests: staging → intermediate → marts |
| `validate_marts` | Great Expectations on the candidate: ranges, rows and sums against clean files; dbt's unit tests |
| `publish` | swaps the candidate in atomically; the last 3 versions are kept |
| `announce` | sends the event of the published version if none was sent, because `publish` was killed or ran by hand |

A model or a gate that fails stops the run **before** `publish`, and readers keep the version they have. A candidate
that was not built completely, or was prepared on a version that is no longer current, is not published either.
To return to an earlier version: `ontime warehouse rollback`. The inputs that were rolled back are not built again.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetAny, task
from airflow.sdk.exceptions import AirflowSkipException
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior
from wiring.assets import CLEAN, WAREHOUSE
from wiring.ingest_tasks import DEFAULT_ARGS

from ontime.settings import settings


@task.short_circuit(retries=0)
def prepare() -> bool:
    """Make the candidate for the build, or skip the build when nothing has changed."""
    from ontime import warehouse

    return warehouse.prepare_candidate()


@task(retries=0)
def validate_marts() -> dict:
    """Gate: compare the candidate with the clean files it was built from."""
    from expectations.validate import validate_marts

    return validate_marts()


@task(retries=2, outlets=[WAREHOUSE])
def publish(outlet_events) -> dict:
    """Make the validated candidate the published warehouse. A retry finishes what a killed process began."""
    from ontime import warehouse

    version = warehouse.publish_candidate()
    outlet_events[WAREHOUSE].extra = {"version": version.version, "sha256": version.sha256}
    return outlet_events[WAREHOUSE].extra


@task(retries=0, inlets=[WAREHOUSE], outlets=[WAREHOUSE])
def announce(inlet_events, outlet_events) -> dict:
    """Send the event of the published version if none was sent; otherwise skip."""
    from ontime import warehouse

    events = inlet_events[WAREHOUSE].ascending(False).limit(1)
    version = warehouse.unannounced([event.extra for event in events])
    if version is None:
        raise AirflowSkipException("The event of the published version has been sent.")
    outlet_events[WAREHOUSE].extra = {"version": version.version, "sha256": version.sha256}
    return outlet_events[WAREHOUSE].extra


with DAG(
    dag_id="warehouse",
    doc_md=__doc__,
    description="dbt builds a candidate, a gate checks it, an atomic swap publishes it.",
    schedule=AssetAny(*CLEAN.values()),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,  # DuckDB has one writer
    tags=["dbt", "duckdb", "great expectations"],
) as warehouse_dag:
    build = DbtTaskGroup(
        group_id="build",
        project_config=ProjectConfig(
            settings.dbt_project_dir,
            manifest_path=settings.dbt_manifest,
            env_vars=settings.dbt_environment,
        ),
        profile_config=ProfileConfig(
            profile_name="ontime",
            target_name="candidate",
            profiles_yml_filepath=settings.dbt_project_dir / "profiles.yml",
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER, invocation_mode=InvocationMode.DBT_RUNNER
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.AFTER_EACH,
            exclude=["resource_type:unit_test", "resource_type:exposure"],  # the code's tests, not the data's
            emit_datasets=False,
        ),
        operator_args={"deferrable": False, "poke_interval": 2, "retries": 0},
        default_args={"retries": 0, "execution_timeout": timedelta(minutes=30)},
    )
    prepare() >> build >> validate_marts() >> publish()
    announce()
