"""Data Docs: the latest result of every suite and partition, as pages that need no network.

Great Expectations renders what was expected and observed; the page around it and the index are
ours, because its own load styles and scripts from eight other sites and its index reads every
result again. A page covers the partitions of one batch. Beside it a small record per partition
says which page is its latest; the index is made from the records, and a page that no record names
is removed, so the folder grows with partitions, never with runs.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock
from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from ontime.settings import settings


@dataclass(frozen=True)
class Page:
    """One validated suite: ``html`` shows it, the rest is what the index says of it."""

    suite: str
    partitions: tuple[str, ...]
    success: bool
    checks: int
    failed: tuple[str, ...]
    validated_at: str
    html: str

    @classmethod
    def of(cls, suite: str, partitions: Sequence[str], result: Mapping[str, Any]) -> "Page":
        """A page of a suite result in Great Expectations' JSON form."""
        validated_at = datetime.now(UTC).isoformat(timespec="seconds")
        rendered = ValidationResultsPageRenderer().render(expectationSuiteValidationResultSchema.load(dict(result)))
        configs = [check["expectation_config"] for check in result["results"] if not check["success"]]
        checks = len(result["results"])
        return cls(
            suite=suite,
            partitions=tuple(partitions),
            success=result["success"],
            checks=checks,
            failed=tuple(f"{config['type']} {config['kwargs'].get('column', '')}".strip() for config in configs),
            validated_at=validated_at,
            html=_view().render(
                rendered,
                template="data_docs_page.j2",
                heading=f"{suite} {partition_label(partitions)}",
                verdict=f"{checks - len(configs)} of {checks} checks passed",
                validated_at=validated_at,
            ),
        )


def partition_label(partitions: Sequence[str]) -> str:
    """How a batch's partitions are called: ``2013-01``, or ``2013-01..2013-03``."""
    return partitions[0] if len(partitions) == 1 else f"{partitions[0]}..{partitions[-1]}"


def publish(pages: Sequence[Page]) -> Path:
    """Put pages in the Data Docs, replacing earlier results of their partitions; return the index.

    Any number of processes may publish at the same time.
    """
    root = settings.data_docs_dir
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".lock"):
        for page in pages:
            folder = root / page.suite
            folder.mkdir(exist_ok=True)
            name = f"{partition_label(page.partitions)}.html"
            _write(folder / name, page.html)
            content = {key: value for key, value in asdict(page).items() if key not in ("html", "partitions")}
            for partition in page.partitions:
                record = {"partition": partition, "page": f"{page.suite}/{name}", **content}
                _write(folder / f"{partition}.json", json.dumps(record))
        records = [json.loads(path.read_text()) for path in sorted(root.glob("*/*.json"))]
        current = {root / record["page"] for record in records}
        for path in root.glob("*/*.html"):
            if path not in current:
                path.unlink()
        index = root / "index.html"
        _write(index, _index(records))
    return index


def _index(records: list[dict[str, Any]]) -> str:
    suites: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        suites.setdefault(record["suite"], []).append(record)
    return _view().env.get_template("data_docs_index.j2").render(suites=suites)


@cache
def _view() -> DefaultJinjaPageView:
    """Great Expectations' view, made once: it compiles its templates, which costs more than ten pages."""
    return DefaultJinjaPageView(custom_views_directory=str(Path(__file__).parent))


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    os.replace(temporary, path)
