"""Grades a world: looks at its DAGs, runs its chain, then runs the checks in a process of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from incidents.engine import stages
from incidents.engine.building import run_chain
from incidents.engine.incident import module
from incidents.engine.running import Run
from incidents.engine.world import Observed, World
from labs.engine.checks import Check, Reporter
from labs.engine.grading import OPTIONS, Grade, run_in_child

#: Prints what DAGs Airflow reads in a copy of the code, and why it cannot read others.
DAGS_PROGRAM = """
import json, os, sys
from local_airflow.environment import environment
from ontime.settings import settings
from ontime.warehouse import dbt
for name, value in environment().items():
    os.environ[name] = value
sys.path.insert(0, str(settings.dags_dir))
dbt.parse()
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(settings.dags_dir)
dags = {}
for name, dag in bag.dags.items():
    condition = getattr(dag.timetable, "asset_condition", None)
    dags[name] = {
        "schedule": str(getattr(dag.timetable, "summary", "")),
        "waits_for": sorted(asset.name for asset in condition.objects) if condition else [],
        "tasks": {
            task.task_id: {
                "outlets": sorted(asset.name for asset in task.outlets),
                "upstream": sorted(task.upstream_task_ids),
                "trigger_rule": str(task.trigger_rule.value),
                "retries": task.retries,
            }
            for task in dag.tasks
        },
    }
problems = [f"{os.path.basename(path)}: {text.strip().splitlines()[-1]}" for path, text in bag.import_errors.items()]
print("\\n" + json.dumps({"dags": dags, "problems": problems}))
"""

#: What decides how the DAGs are parsed; answers that do not change it share the result.
DAGS_SEEN_IN = (
    *("dags", "ontime", "local_airflow", "deploy", "dbt_project"),
    *("spark_jobs/engine/session.py", "project.toml"),
)

#: The stages before and after the incident's own checks.
BEFORE = ("test_committed", "test_dags", "test_protected", "test_contained", "test_chain")
AFTER = ("test_other_months", "test_again", "test_commit", "test_dataset", "test_months", "test_rows", "test_cause")

_parsed_dags: dict[str, dict[str, Any]] = {}


def observe(world: World) -> Observed:
    """Look at the world: parse its DAGs and run its chain, which changes it if anything is not up to date."""
    dags = _dags(world) if world.incident.parses_dags else {"dags": {}, "problems": []}
    before = world.data_digests()
    published = world.version
    chain = run_chain(world)
    after = world.data_digests()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return Observed(dags["dags"], dags["problems"], chain, changed, published)


def grade(world: World) -> Grade:
    """Run the checks of an incident on a world, which must be a copy: the chain runs on it."""
    world.observed = world.observed or observe(world)
    return run_in_child(lambda: _run(world), world.incident.seconds)


class Stages(Reporter):
    """Gives checks their fixtures and puts them in order."""

    def __init__(self, world: World) -> None:
        super().__init__(world.incident.folder / "check.py")
        self._world = world

    @pytest.fixture(scope="session")
    def world(self) -> World:
        return self._world

    @pytest.fixture(scope="session")
    def truth(self) -> dict[str, Any]:
        """What the diagnosis must say, recomputed by the incident."""
        return module(self._world.incident.folder / "check.py").truth(self._world)

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        incident = self._world.incident
        without = set() if incident.readers_hurt else {"test_contained"}
        without |= set() if incident.steps else {"test_chain", "test_other_months", "test_again"}
        without |= set() if incident.parses_dags else {"test_dags"}
        items[:] = [item for item in items if item.originalname not in without or not _is_stage(item)]
        items.sort(key=_place)
        self.expect(items)


def _is_stage(item: pytest.Function) -> bool:
    return item.path == Path(stages.__file__)


def _place(item: pytest.Function) -> tuple[int, int]:
    name, line = item.originalname, item.reportinfo()[1] or 0
    if not _is_stage(item):
        return 1, line
    return (0, BEFORE.index(name)) if name in BEFORE else (2, AFTER.index(name))


def _run(world: World) -> tuple[list[Check], str]:
    reporter = Stages(world)
    pytest.main([stages.__file__, str(world.incident.folder / "check.py"), *OPTIONS], plugins=[reporter])
    return [*reporter.checks.values()], reporter.printed


def _dags(world: World) -> dict[str, Any]:
    trees = world.git("ls-tree", "HEAD", *DAGS_SEEN_IN)
    if trees not in _parsed_dags:
        run: Run = world.program(DAGS_PROGRAM)
        if run.code:
            last = (run.printed.strip().splitlines() or ["nothing was printed"])[-1]
            return {"dags": {}, "problems": [f"the DAGs cannot be read: {last}"]}
        _parsed_dags[trees] = json.loads(run.printed.splitlines()[-1])
    return _parsed_dags[trees]
