"""Who may import whom: the rooms of `docs/reference/architecture.md`, checked on every import in the code."""

import ast
from pathlib import Path

import pytest

from ontime.settings import PROJECT_DIR

ROOMS = (
    "dags",
    "ontime",
    "spark_jobs",
    "expectations",
    "analysis",
    "chain",
    "embedded",
    "dashboard",
    "serving",
    "bench",
)

#: Room to the other rooms that its code may import.
ALLOWED = {
    "dags": {"ontime", "spark_jobs", "expectations", "analysis"},
    "ontime": set(),
    "spark_jobs": {"ontime"},
    "expectations": {"ontime"},
    "analysis": {"ontime"},
    "chain": {"ontime"},
    "embedded": {"ontime", "chain"},
    "dashboard": {"ontime"},
    "serving": {"ontime"},
    "bench": {"ontime", "spark_jobs"},
}

#: Library to the only places that may import it.
HOMES = {
    "airflow": ("dags/", "embedded/launcher.py"),
    "cosmos": ("dags/",),
    "pyspark": ("spark_jobs/",),
    "great_expectations": ("expectations/",),
    "sklearn": ("ontime/model/", "analysis/"),
    "statsmodels": ("analysis/",),
    "scipy": ("ontime/model/",),
    "fastapi": ("dashboard/", "serving/"),
    "matplotlib": ("analysis/", "bench/", "ontime/model/"),
    "skops": ("ontime/model/",),
    "torch": ("ontime/model/",),
    "skorch": ("ontime/model/",),
    "lightgbm": ("ontime/model/",),
    "mlflow": ("ontime/model/",),
    "pickle": (),
    "joblib": (),
}

#: What a DAG file may import before a task runs: anything heavier slows every parse.
DAG_MODULE_LEVEL = {"ontime.settings", "ontime.lake", "ontime.months", "spark_jobs.engine.session"}


def python_files() -> list[str]:
    return [str(path.relative_to(PROJECT_DIR)) for room in ROOMS for path in sorted((PROJECT_DIR / room).rglob("*.py"))]


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def violations(file: str, source: str) -> list[str]:
    room, found = file.split("/")[0], []
    tree = ast.parse(source)
    for name in sorted(imported(tree)):
        top = name.split(".")[0]
        if top in ROOMS and top != room and top not in ALLOWED[room]:
            found.append(f"{room} imports {name}")
        if top in HOMES and not file.startswith(HOMES[top]):
            found.append(f"{name} is imported outside {HOMES[top]}")
    if room == "dags":
        body = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        for name in sorted(imported(body)):
            if name.split(".")[0] in ROOMS and name not in DAG_MODULE_LEVEL:
                found.append(f"{name} is imported at module level")
    written = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript) and _is_write(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path":
            found.append("sys.path is edited")
        is_environment = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        if is_environment and file not in ("ontime/settings.py", "embedded/doctor.py"):
            found += ["the environment is read outside ontime.settings"] if id(node) not in written else []
    return found


def _is_write(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Store)


@pytest.mark.parametrize("file", python_files())
def test_imports_run_in_one_direction(file):
    assert violations(file, Path(PROJECT_DIR / file).read_text()) == []


@pytest.mark.parametrize(
    ("file", "source", "violation"),
    [
        ("ontime/lake.py", "import pyspark", "pyspark is imported outside ('spark_jobs/',)"),
        (
            "ontime/lake.py",
            "def f():\n    import airflow.sdk",
            "airflow.sdk is imported outside ('dags/', 'embedded/launcher.py')",
        ),
        ("ontime/lake.py", "from spark_jobs import flights", "ontime imports spark_jobs"),
        ("spark_jobs/a.py", "from expectations import validate", "spark_jobs imports expectations"),
        ("expectations/a.py", "import sklearn", "sklearn is imported outside ('ontime/model/', 'analysis/')"),
        ("ontime/sources/a.py", "import sklearn", "sklearn is imported outside ('ontime/model/', 'analysis/')"),
        ("dashboard/a.py", "import statsmodels.api", "statsmodels.api is imported outside ('analysis/',)"),
        ("analysis/a.py", "from dashboard import queries", "analysis imports dashboard"),
        ("serving/a.py", "import sklearn", "sklearn is imported outside ('ontime/model/', 'analysis/')"),
        ("dags/a.py", "from ontime import warehouse", "ontime is imported at module level"),
        ("spark_jobs/a.py", "import sys\nsys.path.append('x')", "sys.path is edited"),
        ("ontime/a.py", "import os\nos.environ['X']", "the environment is read outside ontime.settings"),
        ("ontime/model/a.py", "import pickle", "pickle is imported outside ()"),
    ],
)
def test_a_violation_is_seen(file, source, violation):
    assert violations(file, source) == [violation]


def test_a_dag_may_import_a_room_inside_a_task():
    assert violations("dags/a.py", "def task():\n    from ontime import warehouse") == []
