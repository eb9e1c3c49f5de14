"""A world that an incident has damaged: its data, the publisher's files, the code, and what the checks ask of them."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from incidents.engine.incident import Incident
from incidents.engine.repository import git
from incidents.engine.running import Run, Runner

#: Folders of the data directory that tell nothing of the data: logs, locks, pages, what dbt has parsed.
NOT_DATA = (".locks", "airflow", "data_docs", "dbt", "dbt_docs", "report", "runs", ".station_years")


@dataclass(frozen=True)
class Facts:
    """What is known of the incident since its beginning: ``incident.json``.

    ``base`` is the commit before the incident, ``commits`` are those of its patches. ``healthy`` and ``faulty`` are
    the published versions before and after the fault. ``publisher`` has a digest per file of the publisher.
    """

    base: str = ""
    commits: list[str] = field(default_factory=list)
    healthy: str = ""
    faulty: str = ""
    publisher: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Observed:
    """What the grader has seen: the DAGs, how the chain ran, and the files of the data that it has changed."""

    dags: dict[str, Any]
    dag_problems: list[str]
    chain: Run
    changed: list[str]
    published: str


def has_candidate(data: Path) -> bool:
    """Whether a data directory has a candidate that is not published yet; dbt creates its file only when it builds."""
    record = data / "warehouse" / "candidate.json"
    return record.exists() and "published" not in json.loads(record.read_text("utf-8"))


class World:
    """A world and the code that works on it.

    ``code`` is a repository on the incident's branch. ``diagnosis_text`` is the learner's file, ``uncommitted`` lists
    what the learner has changed and not committed.
    """

    def __init__(
        self,
        incident: Incident,
        folder: Path,
        code: Path,
        runner: Runner | None = None,
        diagnosis_text: str = "",
        uncommitted: str = "",
    ) -> None:
        self.incident, self.folder, self.code, self._runner = incident, folder, code, runner
        self.diagnosis_text, self.uncommitted = diagnosis_text, uncommitted
        self.observed: Observed | None = None

    @property
    def runner(self) -> Runner:
        """What runs commands of its code."""
        if self._runner is None:
            raise RuntimeError("This world was opened without a runner.")
        return self._runner

    # -- places ------------------------------------------------------------------
    @property
    def data(self) -> Path:
        """The data directory (``ONTIME_DATA_DIR``)."""
        return self.folder / "data"

    @property
    def publisher(self) -> Path:
        """The publisher's files, as ``<dataset>/<partition>.csv`` (``ONTIME_SOURCE_DIR``)."""
        return self.folder / "publisher"

    @property
    def published(self) -> Path:
        """The published warehouse."""
        return self.data / "warehouse" / "ontime.duckdb"

    @property
    def has_candidate(self) -> bool:
        """Whether there is a candidate that is not published yet."""
        return has_candidate(self.data)

    @property
    def healthy(self) -> Path:
        """The warehouse that was published before the fault."""
        return self.folder / "healthy.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which ``ontime`` works on this world."""
        return environment_of(self.folder) | {"ONTIME_ANSWERS_DIR": str(self.folder / "answers")}

    @cached_property
    def facts(self) -> Facts:
        return Facts(**json.loads((self.folder / "incident.json").read_text("utf-8")))

    # -- what the checks ask -------------------------------------------------------
    def raw(self, dataset: str, partition: str = "all") -> Path:
        """The publisher's file."""
        return self.publisher / dataset / f"{partition}.csv"

    def query(self, sql: str, file: Path | None = None) -> list[tuple]:
        """The rows of a query on the published warehouse, or on another DuckDB file; times are UTC."""
        with duckdb.connect(str(file or self.published), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
            return connection.execute(sql).fetchall()

    def ontime(self, *arguments: str) -> Run:
        """Run a command of this world's code on it."""
        return self.runner.commands(self.code, self.environment, [arguments])

    def program(self, program: str) -> Run:
        """Run a program in Python with this world's code and settings; what it prints is in the result."""
        return self.runner.program(self.code, self.environment, program)

    def git(self, *arguments: str) -> str:
        """The output of a git command in the repository of the code."""
        return git(self.code, *arguments)

    @property
    def version(self) -> str:
        """The name of the published version; empty if nothing is published."""
        return self.published.readlink().stem if self.published.is_symlink() else ""

    @property
    def versions(self) -> list[dict[str, Any]]:
        """The records of the versions that are kept, oldest first."""
        paths = sorted((self.data / "warehouse" / "versions" / "ontime").glob("*.json"))
        return [json.loads(path.read_text("utf-8")) for path in paths]

    @property
    def rolled_back(self) -> list[str]:
        """The versions that readers saw and that were rolled back."""
        path = self.data / "warehouse" / "versions" / "ontime.json"
        return [*json.loads(path.read_text("utf-8")).get("rejected", {})] if path.is_file() else []

    def wrong_predictions(self, model: str, flights: int) -> str:
        """What readers see instead of one prediction of a model for each of so many flights; empty if they see that."""
        rows = self.query(
            "select model_version, count(*), count(distinct flight_key) from ml.flight_delay_predictions group by 1",
            self.data / "warehouse" / "predictions.duckdb",
        )
        if rows == [(model, flights, flights)]:
            return ""
        counts = ", ".join(f"{count:,} predictions of {version}" for version, count, _ in rows)
        return f"readers see {counts}; it should be about {round(flights, -3):,} of {model}"

    @property
    def seen(self) -> Observed:
        """What the grader has seen."""
        if self.observed is None:
            raise RuntimeError("The grader has not looked at the chain.")
        return self.observed

    @cached_property
    def diagnosis(self) -> dict[str, Any]:
        """The learner's diagnosis. Raises ``AssertionError`` with a sentence."""
        if not self.diagnosis_text:
            raise AssertionError("diagnosis.toml is missing: `ontime incident start` made one in your answers")
        try:
            return tomllib.loads(self.diagnosis_text)
        except tomllib.TOMLDecodeError as problem:
            raise AssertionError(f"diagnosis.toml cannot be read: {problem}") from problem

    # -- digests -------------------------------------------------------------------
    def data_digests(self) -> dict[str, str]:
        """A digest of each file of the data; of a link, where it leads.

        Manifests of raw files are left out: they name the publisher's folder, which is another one in a copy.
        """
        digests = {}
        for path in sorted(self.data.rglob("*")):
            place = path.relative_to(self.data)
            if place.parts[0] in NOT_DATA or (path.is_dir() and not path.is_symlink()):
                continue
            if place.parts[0] == "raw" and place.name == "manifest.json":
                continue
            digests[str(place)] = str(path.readlink()) if path.is_symlink() else digest(path)
        return digests

    def publisher_digests(self) -> dict[str, str]:
        return {str(path.relative_to(self.publisher)): digest(path) for path in sorted(self.publisher.rglob("*.csv"))}

    def remember(self, facts: Facts) -> None:
        """Write ``incident.json``."""
        (self.folder / "incident.json").write_text(json.dumps(asdict(facts), indent=2))
        self.__dict__.pop("facts", None)


def environment_of(folder: Path) -> dict[str, str]:
    """The settings of a world in this folder."""
    return {
        "ONTIME_DATA_DIR": str(folder / "data"),
        "ONTIME_SOURCE": "folder",
        "ONTIME_SOURCE_DIR": str(folder / "publisher"),
    }


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
