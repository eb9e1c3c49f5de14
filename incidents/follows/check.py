"""Checks of the incident *Nothing follows flights*: which DAG starts after which asset has new data."""

import csv
import json

import pytest

#: Prints, for each DAG, what it waits for and what its tasks update. The dbt project is parsed already.
PROGRAM = """
import json, os, sys
from local_airflow.environment import environment
from ontime.settings import settings
from ontime.warehouse import dbt
os.environ.update(environment())
sys.path.insert(0, str(settings.dags_dir))
if not settings.dbt_manifest.exists():
    dbt.parse()
from airflow.dag_processing.dagbag import DagBag

def tree(condition):
    if hasattr(condition, "objects"):
        return [type(condition).__name__, *map(tree, condition.objects)]
    return getattr(condition, "name", None)

bag = DagBag(settings.dags_dir)
dags = {
    name: {
        "kind": type(dag.timetable).__name__,
        "waits_for": tree(getattr(dag.timetable, "asset_condition", None)),
        "updates": {task.task_id: sorted(asset.name for asset in task.outlets) for task in dag.tasks if task.outlets},
        "types": sorted({task.task_type for task in dag.tasks}),
    }
    for name, dag in bag.dags.items()
}
print("SEEN", json.dumps({"dags": dags, "errors": bag.import_errors}))
"""


def truth(world):
    """The months that are clean and not published: all of their flights are missing."""
    months, rows = world.incident.new_months, 0
    for month in months:
        with world.raw("flights", month).open(newline="") as lines:
            rows += sum(1 for _ in csv.DictReader(lines))
    return {"dataset": "flights", "months": months, "rows_affected": rows}


@pytest.fixture(scope="session")
def dags(world):
    """The DAGs as Airflow reads them."""
    run = world.program(PROGRAM)
    seen = [line for line in run.printed.splitlines() if line.startswith("SEEN ")]
    assert seen, f"the DAGs cannot be read: {run.printed.strip()[-300:]}"
    read = json.loads(seen[-1].removeprefix("SEEN "))
    assert not read["errors"], f"Airflow cannot import {', '.join(name.rpartition('/')[2] for name in read['errors'])}"
    return read["dags"]


@pytest.fixture(scope="session")
def cleaned(dags):
    """The assets that the gates after cleaning update: one for each dataset."""
    return sorted({name for dag in dags.values() for name in dag["updates"].get("validate_clean", [])})


def starts(condition, updated):
    """Whether a DAG that waits for ``condition`` starts once these assets have had new data since its last run."""
    if condition is None:
        return False
    if isinstance(condition, str):
        return condition in updated
    kind, *parts = condition
    return (any if kind.endswith("Any") else all)(starts(part, updated) for part in parts)


def test_follows_flights(dags):
    """After a month of flights has passed its gate, the warehouse starts"""
    assert starts(dags["warehouse"]["waits_for"], dags["flights"]["updates"].get("validate_clean", [])), (
        "it does not, if nothing but the flights has new data"
    )


def test_follows_each(dags, cleaned):
    """It starts after every other dataset, too, whichever is the only one with new data"""
    others = [name for name in cleaned if not starts(dags["warehouse"]["waits_for"], [name])]
    assert not others, f"it does not start after {', '.join(others)}"


def test_by_assets(dags):
    """It starts because of new data, not by a clock and not by a task of another DAG"""
    kind = dags["warehouse"]["kind"]
    assert kind == "AssetTriggeredTimetable", f"its schedule is a {kind}"
    assert "TriggerDagRunOperator" not in dags["flights"]["types"], "`flights` triggers a DAG itself"


def test_outlets(dags):
    """Each gate says that its own tables are new, and no others"""
    wrong = [
        name
        for name, dag in dags.items()
        for assets in [dag["updates"].get("validate_clean", [])]
        if name in ("flights", "weather", "footfall") and assets != [f"clean_{name}"]
    ]
    assert not wrong, f"{', '.join(wrong)}: the gate updates assets of other DAGs, which have nothing new"


def test_rest_follows(dags):
    """After the warehouse comes the training, and after it the report"""
    chain = {"training": ["warehouse"], "report": ["monitoring"]}
    lost = [name for name, assets in chain.items() if not starts(dags[name]["waits_for"], assets)]
    assert not lost, f"{', '.join(lost)}: does not start any more"


def test_waits_for(world, cleaned):
    """Diagnosis: for how many datasets the warehouse has waited"""
    given = world.diagnosis.get("waits_for", "")
    assert isinstance(given, int), f"write a whole number, not “{given}”"
    assert given == len(cleaned), "count the assets in the condition of the faulty DAG"
