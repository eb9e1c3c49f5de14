"""dbt in the tests' own process, where it is imported and the project is parsed only once."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ontime import warehouse
from ontime.settings import settings
from tests.dbt_project import tiny_lake


@dataclass
class Result:
    """How a dbt command ended: overall, and by name of model, test or source."""

    succeeded: bool
    statuses: dict[str, str]
    messages: dict[str, str]

    @property
    def failures(self) -> set[str]:
        return {name for name, status in self.statuses.items() if status in ("fail", "error")}


@dataclass
class Dbt:
    """The dbt project on the lake and the warehouse in ``data_dir``; dbt's own files go to ``target``."""

    data_dir: Path
    target: Path

    #: What parsing left in ``data_dir``.
    files_after_parsing: list[Path] = field(default_factory=list)

    @cached_property
    def manifest(self) -> Any:
        """The parsed project."""
        parsed = self._invoke("parse").result
        self.files_after_parsing = list(self.data_dir.glob("*"))
        return parsed

    @property
    def models(self) -> Mapping[str, Any]:
        """The parsed models by name."""
        nodes = self.manifest.nodes.values()
        return {node.name: node for node in nodes if node.resource_type == "model"}

    @property
    def build_file(self) -> Path:
        """The file with staging and intermediate tables."""
        return settings.warehouse_candidate.with_suffix(".duckdb.build")

    def run(self, *arguments: str) -> Result:
        """Run a dbt command, for example ``build``."""
        outcome = self._invoke(*arguments, manifest=self.manifest)
        nodes = outcome.result.results if outcome.result else []
        results = [result for result in nodes if result.node.resource_type not in ("exposure", "operation")]
        return Result(
            bool(outcome.success),
            {result.node.name: str(result.status) for result in results},
            {result.node.name: str(result.message) for result in results},
        )

    def build(self) -> Result:
        """Build all models and run their tests, unit tests excepted."""
        return self.run("build", "--exclude-resource-type", "unit_test")

    def publish(self, full: bool = False) -> warehouse.Version:
        """Build and publish what the lake holds, without the marts gate: its limits are for real months."""
        assert warehouse.prepare_candidate(full)
        result = self.build()
        assert result.succeeded, result.messages
        warehouse.mark_candidate_validated()
        return warehouse.publish_candidate()

    def make_lake(self, rows: tiny_lake.Rows, committed_at: str | None = None) -> None:
        """Commit rows as clean partitions, and prepare the candidate."""
        tiny_lake.make(rows, committed_at)
        warehouse.prepare_candidate()

    def clear(self) -> None:
        """Remove the lake and the warehouse."""
        for folder in (settings.clean_dir, settings.quarantine_dir, settings.warehouse_dir):
            shutil.rmtree(folder, ignore_errors=True)

    def _invoke(self, *arguments: str, manifest: Any = None) -> Any:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        project = str(settings.dbt_project_dir)
        places = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(self.target)]
        logs = ["--quiet", "--log-path", str(self.target), "--log-level-file", "none"]
        before = dict(os.environ)
        os.environ.update(settings.dbt_environment)
        try:
            return dbtRunner(manifest=manifest).invoke([*arguments, *places, *logs])
        finally:
            os.environ.clear()
            os.environ.update(before)
            # dbt keeps its connections open, and DuckDB lets nobody else open the file meanwhile.
            DuckDBConnectionManager.close_all_connections()
