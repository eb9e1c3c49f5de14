"""Writes ``docs/reference/faults.md``: the fault matrix as a table. ``python -m tests.faults.page``."""

import importlib
from pathlib import Path

from ontime.settings import PROJECT_DIR
from tests.faults.fault import Fault

PAGE = PROJECT_DIR / "docs" / "reference" / "faults.md"
HEAD = """# What happens when something goes wrong

Each row is a test in `tests/faults/`: it causes the fault in a real step and checks the verdict and the message.
`make test` runs the quick ones, `make test-more` all. This page is generated: `python -m tests.faults.page`.
"""

#: The series of random faults takes an hour or more, so it is run by hand. Update its result here.
SERIES = """## The series of random faults

`python -m tests.faults.random_faults --kills 200 --pairs 200 --seed 1 --folder FOLDER` kills a random step 200
times, and 200 times runs two random steps at once. Each fault starts from a copy of the data directory before that
step of an undisturbed chain. The steps then run once more. After that, raw and clean files, candidate, published files
and champion must be those of the undisturbed chain. Meanwhile a reader looks at the published files a hundred times a
second; it must see only whole versions. The same command continues a series that was stopped.

On 2026-11-28, with seed 1, all 200 kills and the first 92 pairs ran; the other pairs did not. None ended wrong.

An earlier series, the day before, found one defect: a training failed if the one before it was killed while it wrote
into its hidden folder. It is mended. All faults in the table ran after that.
"""


def faults() -> dict[str, list[Fault]]:
    """The rows of every module of the matrix, by the title of the module (first line of its docstring)."""
    modules = [
        importlib.import_module(f"tests.faults.{path.stem}")
        for path in sorted(Path(__file__).parent.glob("test_*.py"))
        if path.stem != "test_page"
    ]
    return {(module.__doc__ or "").splitlines()[0].rstrip("."): module.FAULTS for module in modules}


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, f"{sum(map(len, faults().values()))} faults.\n"]
    for title, rows in faults().items():
        parts += [f"## {title}\n", "| fault | where | verdict | message |", "| --- | --- | --- | --- |"]
        parts += [f"| {_cell(row.name)} | {_cell(row.where)} | {row.verdict} | {_cell(row.message)} |" for row in rows]
        parts.append("")
    return "\n".join([*parts, SERIES])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
