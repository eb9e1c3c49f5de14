"""Rules of the house that no linter knows, and proof that import-linter sees what it should."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ontime.settings import PROJECT_DIR

ROOMS = (
    "dags",
    "ontime",
    "spark_jobs",
    "expectations",
    "ml",
    "analysis",
    "dashboard",
    "serving",
    "local_airflow",
    "labs/engine",
    "incidents/engine",
    "cli",
    "bench",
)
#: Airflow imports every DAG file every few minutes: anything heavier than these is imported inside a task.
DAG_MODULE_LEVEL = {
    "ontime.settings",
    "ontime.datasets",
    "ontime.months",
    "ontime.project",
    "spark_jobs.engine.session",
}
#: The only readers of the environment. `ontime/__init__.py` and the launcher of Airflow only write to it.
READS_THE_ENVIRONMENT = ("ontime/settings.py", "local_airflow/doctor.py", "ontime/__init__.py")

#: Runs commands of another copy of the code in its process.
RUNS_A_COPY = "incidents/engine/runner.py"

#: Words that plain English does without. The brackets keep the search from printing this line.
WORDS = "a[n]ew|t[o]ld|t[e]lls of|u[n]t[o]ld|gone b[a]ck from|it is all o[n]e"


def python_files() -> list[str]:
    return [str(path.relative_to(PROJECT_DIR)) for room in ROOMS for path in sorted((PROJECT_DIR / room).rglob("*.py"))]


def imported_modules(nodes: list[ast.stmt]) -> set[str]:
    modules = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
    return modules


def violations(file: str, source: str) -> list[str]:
    problems = []
    tree = ast.parse(source)
    if file.startswith("dags/"):
        for module in sorted(imported_modules(tree.body)):
            if module.split(".")[0] in ROOMS and module not in DAG_MODULE_LEVEL:
                problems.append(f"{module} is imported at module level")
    written = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path" and file != RUNS_A_COPY:
            problems.append("sys.path is edited")
        if not isinstance(node, ast.Attribute) or node.attr not in ("environ", "getenv") or id(node) in written:
            continue
        if file not in READS_THE_ENVIRONMENT:
            problems.append("the environment is read outside ontime.settings")
    return problems


@pytest.mark.parametrize("file", python_files())
def test_every_file_keeps_the_rules(file):
    assert violations(file, Path(PROJECT_DIR / file).read_text()) == []


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        pytest.param(
            "dags/a.py", "from ontime import warehouse", ["ontime is imported at module level"], id="heavy DAG file"
        ),
        pytest.param("dags/a.py", "def task():\n    from ontime import warehouse", [], id="import inside a task"),
        pytest.param("spark_jobs/a.py", "import sys\nsys.path.append('x')", ["sys.path is edited"], id="sys.path"),
        pytest.param(
            "ontime/a.py",
            "import os\nos.environ['X']",
            ["the environment is read outside ontime.settings"],
            id="environment read",
        ),
        pytest.param("ontime/a.py", "import os\nos.environ['X'] = '1'", [], id="environment written"),
    ],
)
def test_a_violation_is_reported(file, source, expected):
    assert violations(file, source) == expected


@pytest.fixture(scope="module")
def copied_code(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    shutil.copy(PROJECT_DIR / "pyproject.toml", folder)
    for room in ROOMS:
        shutil.copytree(PROJECT_DIR / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120)


def test_imports_keep_the_contracts_of_pyproject(copied_code):
    linted = lint_imports(copied_code)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        pytest.param(
            "ontime/months.py", "from spark_jobs import rules", "A room imports only rooms below it", id="upward"
        ),
        pytest.param(
            "ml/scoring.py", "import expectations", "A room imports only rooms below it", id="a room beside it"
        ),
        pytest.param("ontime/contract.py", "import ontime.datasets", "No circles of imports", id="circle"),
        pytest.param(
            "ontime/months.py", "def f():\n    import pyspark", "Only spark_jobs/ knows Spark", id="in a function"
        ),
        pytest.param("cli/app.py", "import airflow.sdk", "Only dags/ and local_airflow/ know Airflow", id="Airflow"),
        pytest.param("dashboard/app.py", "import sklearn", "know scikit-learn", id="scikit-learn"),
        pytest.param("serving/app.py", "import mlflow", "Only ml/ knows the libraries", id="MLflow"),
        pytest.param("ml/scoring.py", "import great_expectations", "knows Great Expectations", id="Great Expectations"),
        pytest.param("ml/scoring.py", "import pickle", "Nothing is unpickled", id="pickle"),
    ],
)
def test_import_linter_reports_a_violation(copied_code, file, line, broken):
    path = copied_code / file
    original = path.read_text()
    path.write_text(f"{original}\n{line}\n")
    try:
        linted = lint_imports(copied_code)
    finally:
        path.write_text(original)
    assert linted.returncode == 1
    [verdict] = [text for text in linted.stdout.splitlines() if broken in text and ("BROKEN" in text or "KEPT" in text)]
    assert verdict.endswith("BROKEN")


def lines_with_words(folder: Path) -> str:
    """The lines of all files under version control that have one of the words, as `git grep` prints them."""
    command = ["git", "grep", "--line-number", "--word-regexp", "--ignore-case", "--extended-regexp", "-I", WORDS]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


def test_nothing_is_written_in_words_that_nobody_uses():
    assert lines_with_words(PROJECT_DIR) == ""


def test_such_a_word_is_reported(tmp_path):
    (tmp_path / "note.md").write_text("Begin.\nThe reader is t" + "old so.\n")
    for command in (["init", "--quiet"], ["add", "note.md"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert lines_with_words(tmp_path).startswith("note.md:2:")
