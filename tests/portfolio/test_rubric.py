"""The rubric: each criterion in a made-up repository that fulfils it, and without the one thing that it needs."""

from pathlib import Path

import pytest

from ontime import lake, ledger, project
from portfolio import rubric
from portfolio.facts import Fact, fact

README = """\
<!-- head: written by `ontime project init` -->

# Delays

[![CI](../../ci.svg)](../../ci.yml)

<!-- /head -->

{words}

<!-- answers: written by `ontime site readme` -->

| question | answer |
| --- | --- |
| Why? | Because of rain. |
| When? | The published data does not say. |

<!-- /answers -->

![A map](docs/images/dashboard.png)

## Run it

```sh
make demo
```

| `make test` | the tests |
"""
FILES = {
    "README.md": README.format(words="word " * 50),
    "Makefile": "demo: install ## run\n\ntest:\n\t@pytest\n",
    "requirements.lock": "altair==6.3 \\\n    --hash=sha256:0\npyspark[connect]==4.3 \\\n    --hash=sha256:1\n",
    ".github/workflows/ci.yml": "- run: make test\n",
    ".github/workflows/deploy.yml": "- run: terraform apply\n",
    "deploy/gcp/main.tf": "",
    "dags/flights.py": "",
    "dashboard/pages/overview.py": "",
    "docs/images/dashboard.png": "",
}
VALUES = {
    "runs.run_count": 1,
    "rows.raw_count": 10,
    "rows.clean_count": 8,
    "rows.quarantined_count": 2,
    "gates.check_count": 30,
    "gates.failed_count": 0,
    "warehouse.table_count": 3,
    "warehouse.facts_name": "fct_flights, fct_weather_hourly",
    "warehouse.node_count": 5,
}
ALL = [
    "problem",
    "cloud",
    "ingestion and orchestration",
    "data warehouse",
    "transformations",
    "dashboard",
    "reproducibility",
]


def task(state: str, dag: str = "flights") -> ledger.TaskRun:
    at = "2026-11-27T10:00:00+00:00"
    return ledger.TaskRun(dag, "clean", f"{dag} {state}", state, 1, at, at, 0.0, "2013-01", "2013-01")


@pytest.fixture
def repository(tmp_path, data_dir, monkeypatch) -> Path:
    """A repository of the lead dataset flights in which nothing is missing, and its run."""
    folder = tmp_path / "repository"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    monkeypatch.setattr(project, "PROJECT_FILE", folder / "project.toml")
    monkeypatch.setattr(lake.manifest, "read_all", lambda name: ([object()] * (name == "flights"), []))
    ledger.append(task("success"))
    return folder


def facts(**changes: object) -> dict[str, Fact]:
    """``VALUES`` as facts, with some changed (``gates__failed_count=1``); None leaves a fact out."""
    values = VALUES | {name.replace("__", "."): value for name, value in changes.items()}
    return {name: fact(name, value) for name, value in values.items() if value is not None}


def criteria(folder: Path, figures=("hours", "calendar"), **changes) -> dict[str, rubric.Criterion]:
    return {each.name: each for each in rubric.criteria(facts(**changes), figures, folder)}


def missing(criterion: rubric.Criterion) -> list[str]:
    return [check.missing for check in criterion.checks if check.missing]


def test_all_seven_are_met_where_nothing_is_missing(repository):
    judged = criteria(repository)
    assert list(judged) == ALL
    assert {name: missing(each) for name, each in judged.items()} == {name: [] for name in ALL}
    assert {each.state for each in judged.values()} == {"yes"}


def test_the_evidence_is_counted(repository):
    header, problem, cloud, *_, dashboard, reproducibility = rubric.table(list(criteria(repository).values()))
    assert header == ["criterion", "state", "evidence", "missing"]
    # Headings, badges, tables, comments and the picture are no words.
    assert problem[2] == "Words of README.md before its first section: 50. Its questions that the data answers: 1."
    assert cloud[2] == "Files of Terraform in deploy/: 1. Workflows that deploy to a cloud: deploy.yml."
    assert dashboard[2] == "Pages: 1. Figures of the site that have rows: 2. Pictures in README.md: dashboard.png."
    assert reproducibility[2] == (
        "Packages locked by their hashes: 2. Commands of make in README.md: 2, of which 2 exist. "
        "Workflows that run the tests: ci.yml."
    )


@pytest.mark.parametrize(
    ("name", "file", "content", "sentence"),
    [
        (
            "problem",
            "README.md",
            README.format(words="word " * 49),
            "Say in 50 words what the problem is, and for whom.",
        ),
        ("problem", "README.md", "word " * 50, "Answer a question: ontime site readme."),
        ("cloud", "deploy/gcp/main.tf", None, "The project runs on one machine, in no cloud yet."),
        ("cloud", ".github/workflows/deploy.yml", "- run: make draws \n", "No workflow deploys it."),
        ("ingestion and orchestration", "dags/flights.py", None, "Write a DAG."),
        ("dashboard", "dashboard/pages/overview.py", None, "Write a page."),
        ("dashboard", "docs/images/dashboard.png", None, "Show the dashboard: ontime site readme --pictures."),
        ("reproducibility", "requirements.lock", "altair==6.3\n", "Lock the environment: make lock."),
        ("reproducibility", "Makefile", "demo:\n", "Correct them: test."),
        ("reproducibility", ".github/workflows/ci.yml", "- run: make test-more\n", "Run make test in a workflow."),
        ("reproducibility", ".github/workflows/ci.yml", "- run: pytest\n", "Run make test in a workflow."),
    ],
    ids=[
        "too few words",
        "no answers",
        "no infrastructure",
        "no deployment",
        "no DAG",
        "no page",
        "a picture that is not there",
        "no hashes",
        "a command that make does not have",
        "a longer name",
        "no tests in CI",
    ],
)
def test_a_file_that_is_missing_or_says_less(repository, name, file, content, sentence):
    if content is None:
        (repository / file).unlink()
    else:
        (repository / file).write_text(content)
    assert missing(criteria(repository)[name]) == [sentence]


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("ingestion and orchestration", {"rows__raw_count": 0}, "Download and clean them: make demo."),
        ("data warehouse", {"warehouse__table_count": None}, "Publish a warehouse: make demo."),
        ("data warehouse", {"warehouse__facts_name": "fct_weather_hourly"}, "Publish a mart fct_flights."),
        ("data warehouse", {"warehouse__facts_name": None}, "Publish a mart fct_flights."),
        ("transformations", {"rows__clean_count": 7}, "Clean what was downloaded: ontime clean."),
        ("transformations", {"warehouse__node_count": None}, "Build with dbt and publish: make demo."),
        ("transformations", {"gates__check_count": 0}, "Let every gate pass: make demo."),
        ("transformations", {"gates__failed_count": 1}, "Let every gate pass: make demo."),
        ("dashboard", {"figures": ("hours",)}, "Publish the data that they show: make demo."),
    ],
    ids=[
        "no raw rows",
        "no warehouse",
        "only the facts of another dataset",
        "no facts",
        "a row that was lost",
        "no proof of a build",
        "no gate",
        "a gate that failed",
        "one figure",
    ],
)
def test_data_that_is_missing(repository, name, changes, sentence):
    assert sentence in missing(criteria(repository, **changes)[name])


@pytest.mark.parametrize(
    ("tasks", "is_met"),
    [
        pytest.param([task("failed")], False, id="it failed"),
        pytest.param([task("success", "weather")], False, id="only another one ran"),
        pytest.param([task("failed", "weather"), task("success")], True, id="another one failed"),
        pytest.param([], False, id="none ran"),
    ],
)
def test_the_last_run_of_the_lead_dataset_must_have_succeeded(repository, monkeypatch, tasks, is_met):
    monkeypatch.setattr(ledger, "read", lambda: ledger.Ledger(tasks, 0))
    ingestion = criteria(repository)["ingestion and orchestration"]
    assert missing(ingestion) == ([] if is_met else ["Run the DAG flights: make demo."])


def test_another_lead_dataset_needs_its_own_run_mart_and_partitions(repository):
    project.write(project.Project(lead_dataset="weather"))
    judged = criteria(repository)
    assert missing(judged["ingestion and orchestration"]) == ["Run the DAG weather: make demo."]
    assert missing(judged["data warehouse"]) == ["Clean them: ontime clean weather."]  # fct_weather_hourly exists


def test_an_empty_folder_fulfils_nothing(tmp_path, data_dir):
    zeros = {name.replace(".", "__"): 0 for name in VALUES if name.startswith(("runs", "rows", "gates"))}
    nothing = {name.replace(".", "__"): None for name in VALUES if name.startswith("warehouse")}
    judged = criteria(tmp_path, figures=(), **zeros, **nothing)
    assert {each.state for each in judged.values()} == {"not yet"}


def test_a_criterion_of_which_a_part_is_missing_is_met_partly(repository):
    assert criteria(repository, rows__raw_count=0)["ingestion and orchestration"].state == "partly"
