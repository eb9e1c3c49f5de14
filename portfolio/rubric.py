"""The project against a public rubric: the seven criteria by which DataTalks.Club reviews data engineering projects.

Every line is counted in the repository and the data directory. Nothing is claimed: what cannot be counted is missing.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from insight import operations
from ontime import lake, ledger, project
from ontime.contract import Dataset
from ontime.settings import PROJECT_DIR
from portfolio.claims import NO_ANSWER
from portfolio.facts import Facts
from portfolio.tables import Table

SOURCE = "https://github.com/DataTalksClub/data-engineering-zoomcamp/tree/main/projects#evaluation-criteria"

#: A description in fewer words says little.
FEWEST_WORDS = 50
#: A dashboard for which the rubric gives all points has two tiles.
FEWEST_FIGURES = 2
#: What deploys to a cloud, in a workflow.
DEPLOYS = re.compile(r"\b(?:terraform|tofu|pulumi|gcloud|aws|az) ")
#: Comments, tables, headings, pictures and badges are not prose.
NO_PROSE = re.compile(r"<!--.*?-->|^[|#].*?$|\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r"!\[[^\]]*\]\((?!\.\./|https?:)([^)]+)\)")


@dataclass(frozen=True)
class Check:
    """What was counted, as a sentence; if that is too little, what to do as another."""

    evidence: str
    missing: str = ""


@dataclass(frozen=True)
class Criterion:
    """A line of the rubric with the checks that it consists of."""

    name: str
    checks: tuple[Check, ...]

    @property
    def state(self) -> str:
        """``yes`` if nothing is missing, ``not yet`` if all checks miss something, else ``partly``."""
        missing = [bool(check.missing) for check in self.checks]
        return "yes" if not any(missing) else "not yet" if all(missing) else "partly"


def criteria(facts: Facts, figures: Collection[str], folder: Path = PROJECT_DIR) -> list[Criterion]:
    """All criteria. ``facts``: those of the site; ``figures``: its figures that have rows; ``folder``: the repository.

    Raises :class:`ontime.project.BadProject`.
    """
    readme = _read(folder / "README.md")
    whose = project.read()
    lead = whose.datasets[whose.lead_dataset]
    return [
        Criterion("problem", (_description(readme), _answers(readme))),
        Criterion("cloud", (_infrastructure(folder), _deployment(folder))),
        Criterion("ingestion and orchestration", (_dags(folder), _runs(facts, lead), _raw_rows(facts))),
        Criterion("data warehouse", (_tables(facts), _lead_table(facts, lead), _partitions(lead))),
        Criterion("transformations", (_spark(facts), _dbt(facts), _gates(facts))),
        Criterion("dashboard", (_pages(folder), _figures(figures), _picture(folder, readme))),
        Criterion("reproducibility", (_locked(folder), _commands(folder, readme), _ci(folder))),
    ]


def table(criteria: list[Criterion], between: str = " ") -> Table:
    """A row for each criterion: its state, the evidence, and what is missing. ``between``: what separates sentences."""
    rows = [["criterion", "state", "evidence", "missing"]]
    for criterion in criteria:
        evidence = between.join(check.evidence for check in criterion.checks)
        missing = between.join(check.missing for check in criterion.checks if check.missing)
        rows.append([criterion.name, criterion.state, evidence, missing])
    return rows


def _check(evidence: str, holds: object, missing: str) -> Check:
    return Check(evidence, "" if holds else missing)


def _description(readme: str) -> Check:
    words = len(NO_PROSE.sub(" ", readme.partition("\n## ")[0]).split())
    return _check(
        f"Words of README.md before its first section: {words}.",
        words >= FEWEST_WORDS,
        f"Say in {FEWEST_WORDS} words what the problem is, and for whom.",
    )


def _answers(readme: str) -> Check:
    part = re.search(r"<!-- answers: .*?-->\n(.*?)<!-- /answers -->", readme, re.DOTALL)
    rows = [row for row in part[1].splitlines() if row.startswith("| ")][2:] if part else []
    answered = sum(NO_ANSWER not in row for row in rows)
    return _check(
        f"Its questions that the data answers: {answered}.", answered, "Answer a question: ontime site readme."
    )


def _infrastructure(folder: Path) -> Check:
    files = list((folder / "deploy").rglob("*.tf"))
    return _check(
        f"Files of Terraform in deploy/: {len(files)}.", files, "The project runs on one machine, in no cloud yet."
    )


def _deployment(folder: Path) -> Check:
    names = [path.name for path in _workflows(folder) if DEPLOYS.search(_read(path))]
    return _check(f"Workflows that deploy to a cloud: {', '.join(names) or 'none'}.", names, "No workflow deploys it.")


def _dags(folder: Path) -> Check:
    dags = list((folder / "dags").glob("*.py"))
    return _check(f"DAGs: {len(dags)}.", dags, "Write a DAG.")


def _runs(facts: Facts, lead: Dataset) -> Check:
    runs = operations.runs(ledger.read().tasks)
    states = list(runs.loc[runs["dag"] == lead.dag, "state"])
    last = {"success": "succeeded", "failed": "failed"}[states[0]] if states else "has not been recorded"
    return _check(
        f"Recorded runs: {facts['runs.run_count'].text}. The last one of {lead.dag} {last}.",
        states[:1] == ["success"],
        f"Run the DAG {lead.dag}: make demo.",
    )


def _raw_rows(facts: Facts) -> Check:
    rows = facts["rows.raw_count"]
    return _check(f"Raw rows in the lake: {rows.text}.", rows.value, "Download and clean them: make demo.")


def _tables(facts: Facts) -> Check:
    tables = facts.get("warehouse.table_count")
    return _check(
        f"Published tables in the schema marts: {tables.text if tables else 0}.",
        tables and tables.value,
        "Publish a warehouse: make demo.",
    )


def _lead_table(facts: Facts, lead: Dataset) -> Check:
    names = str(facts["warehouse.facts_name"].value) if "warehouse.facts_name" in facts else ""
    tables = [name for name in names.split(", ") if name.startswith(f"fct_{lead.name}")]
    return _check(
        f"Among them with {lead.name}: {', '.join(tables) or 'none'}.", tables, f"Publish a mart fct_{lead.name}."
    )


def _partitions(lead: Dataset) -> Check:
    partitions = len(lake.manifest.read_all(lead.name)[0])
    return _check(
        f"Partitions of clean {lead.name}: {partitions}.", partitions, f"Clean them: ontime clean {lead.name}."
    )


def _spark(facts: Facts) -> Check:
    raw, clean, rejected = (facts[f"rows.{name}_count"] for name in ("raw", "clean", "quarantined"))
    return _check(
        f"Cleaned by Spark: {raw.text} raw rows gave {clean.text} clean and {rejected.text} quarantined ones.",
        raw.value and raw.value == clean.value + rejected.value,  # type: ignore[operator]
        "Clean what was downloaded: ontime clean.",
    )


def _dbt(facts: Facts) -> Check:
    nodes = facts.get("warehouse.node_count")
    return _check(
        f"Models and tests of dbt in the proof of the published build: {nodes.text if nodes else 0}.",
        nodes,
        "Build with dbt and publish: make demo.",
    )


def _gates(facts: Facts) -> Check:
    checks, failed = facts["gates.check_count"], facts["gates.failed_count"]
    return _check(
        f"Checks of the gates: {checks.text}. Batches that failed: {failed.text}.",
        checks.value and not failed.value,
        "Let every gate pass: make demo.",
    )


def _pages(folder: Path) -> Check:
    pages = list((folder / "dashboard" / "pages").glob("*.py"))
    return _check(f"Pages: {len(pages)}.", pages, "Write a page.")


def _figures(figures: Collection[str]) -> Check:
    return _check(
        f"Figures of the site that have rows: {len(figures)}.",
        len(figures) >= FEWEST_FIGURES,
        "Publish the data that they show: make demo.",
    )


def _picture(folder: Path, readme: str) -> Check:
    pictures = [path for path in PICTURE.findall(readme) if (folder / path).is_file()]
    return _check(
        f"Pictures in README.md: {', '.join(Path(path).name for path in pictures) or 'none'}.",
        any("dashboard" in path for path in pictures),
        "Show the dashboard: ontime site readme --pictures.",
    )


def _locked(folder: Path) -> Check:
    lock = _read(folder / "requirements.lock")
    releases = len(re.findall(r"^[\w.\[\],-]+==", lock, re.MULTILINE)) if "--hash=sha256:" in lock else 0
    return _check(f"Packages locked by their hashes: {releases}.", releases, "Lock the environment: make lock.")


def _commands(folder: Path, readme: str) -> Check:
    targets = set(re.findall(r"^([a-z-]+):", _read(folder / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"^(?:\| `)?make ([a-z-]+)", readme, re.MULTILINE))
    wrong = ", ".join(sorted(named - targets))
    return _check(
        f"Commands of make in README.md: {len(named)}, of which {len(named & targets)} exist.",
        named and not wrong,
        f"Correct them: {wrong}." if wrong else "Say how to run it.",
    )


def _ci(folder: Path) -> Check:
    names = [path.name for path in _workflows(folder) if re.search(r"\bmake test(?![\w-])", _read(path))]
    return _check(f"Workflows that run the tests: {', '.join(names) or 'none'}.", names, "Run make test in a workflow.")


def _workflows(folder: Path) -> list[Path]:
    return sorted((folder / ".github" / "workflows").glob("*.yml"))


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
