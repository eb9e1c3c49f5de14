"""Data Docs: the latest result of every suite and partition, as pages that need no network.

Great Expectations renders what was expected and observed. The page around it and the index are ours, because those of
Great Expectations load styles and scripts from eight other sites, and its index reads every result again. A page shows
the result of one batch, which may hold several partitions. For each partition, a small JSON record next to the pages
names its latest page. The index is made from the records. A page that no record names is deleted, so the folder grows
with the number of partitions and not with the number of runs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from filelock import FileLock
from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import Environment

from ontime import files
from ontime.pages import share_base
from ontime.settings import settings

#: The parts of a rendered page that stay as they are: Great Expectations escapes the values in ``params`` itself,
#: and ``styling`` holds its own class names.
NOT_TO_ESCAPE = ("params", "styling")


@dataclass(frozen=True)
class Page:
    """The result of one suite on one batch: ``html`` is the page, the other fields are shown in the index."""

    suite: str
    partitions: tuple[str, ...]
    success: bool
    checks: int
    failed: tuple[str, ...]
    validated_at: str
    html: str

    @classmethod
    def of(cls, suite: str, partitions: Sequence[str], result: Mapping[str, Any]) -> "Page":
        """Render a suite result that is in Great Expectations' JSON form."""
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
            html=_templates()
            .get_template("data_docs_page.html")
            .render(
                _escape(rendered.to_json_dict()),
                heading=f"{suite} {partition_label(partitions)}",
                verdict=f"{checks - len(configs)} of {checks} checks passed",
                validated_at=validated_at,
            ),
        )


def partition_label(partitions: Sequence[str]) -> str:
    """The name of a batch: ``2013-01``, or ``2013-01..2013-03``."""
    return partitions[0] if len(partitions) == 1 else f"{partitions[0]}..{partitions[-1]}"


def publish(pages: Sequence[Page]) -> Path:
    """Add pages to the Data Docs, replacing earlier results of the same suites and partitions; return the index.

    Several processes may publish at the same time.
    """
    root = settings.data_docs_dir
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".lock"):
        for page in pages:
            folder = root / page.suite
            folder.mkdir(exist_ok=True)
            name = f"{partition_label(page.partitions)}.html"
            files.write_text(folder / name, page.html)
            content = {key: value for key, value in asdict(page).items() if key not in ("html", "partitions")}
            for partition in page.partitions:
                record = {"partition": partition, "page": f"{page.suite}/{name}", **content}
                files.write_json(folder / f"{partition}.json", record)
        records = [json.loads(path.read_text()) for path in sorted(root.glob("*/*.json"))]
        _delete_replaced_pages(root, records)
        index = root / "index.html"
        files.write_text(index, _index(records))
    return index


def _delete_replaced_pages(root: Path, records: list[dict[str, Any]]) -> None:
    current = {root / record["page"] for record in records}
    for path in root.glob("*/*.html"):
        if path not in current:
            path.unlink()


def _index(records: list[dict[str, Any]]) -> str:
    suites: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        suites.setdefault(record["suite"], []).append(record)
    return _templates().get_template("data_docs_index.html").render(suites=suites)


def _escape(content: Any, key: str = "") -> Any:
    """A rendered page with its texts HTML-escaped: they hold values of the data, and the templates do not escape."""
    if key in NOT_TO_ESCAPE:
        return content
    if isinstance(content, dict):
        return {name: _escape(value, name) for name, value in content.items()}
    if isinstance(content, list):
        return [_escape(value) for value in content]
    return escape(content) if isinstance(content, str) else content


@cache
def _templates() -> Environment:
    """Great Expectations' templates, ours and the base of all pages; compiling them takes longer than ten pages."""
    view = DefaultJinjaPageView(custom_views_directory=str(Path(__file__).parent))
    return share_base(view.env)
