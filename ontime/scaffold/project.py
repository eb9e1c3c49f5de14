"""Writes, updates and removes the files of a dataset that the template made.

``templates/answers/<name>.yml`` keeps the answers and the sha256 of every file as it was rendered.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ontime import files
from ontime.project import read as read_project
from ontime.scaffold.answers import QUESTIONS, BadAnswer, check, problem
from ontime.scaffold.description import Description
from ontime.scaffold.sample import Sample, read
from ontime.settings import PROJECT_DIR

TEMPLATE = PROJECT_DIR / "templates" / "dataset"


class Edited(ValueError):
    """Files that somebody has edited since they were rendered; nothing was removed."""


@dataclass(frozen=True)
class Updated:
    """What an update has done: the paths that were written, and those that were kept because they are edited."""

    written: list[str]
    kept: list[str]


def ask(given: Mapping[str, str], proposed: Mapping[str, str]) -> dict[str, str]:
    """Ask for the answers that are not ``given``, with a form in the terminal; ``proposed`` ones are its defaults.

    Raises :class:`BadAnswer` for a given answer that cannot be used, and ``KeyboardInterrupt``.
    """
    import copier

    with TemporaryDirectory() as folder:
        try:
            form = copier.run_copy(
                str(TEMPLATE),
                folder,
                data={**given, "problem": _problem},
                user_defaults=dict(proposed),
                exclude=["*"],
                quiet=True,
            )
        except ValueError as refused:
            raise BadAnswer(str(refused).partition("': ")[2] or str(refused)) from refused
    return {question: str(form.answers.combined.get(question, "")) for question in QUESTIONS}


def new(answers: Mapping[str, str], sample: Sample | None = None) -> list[str]:
    """Write the files of a new dataset and return their paths.

    Raises :class:`BadAnswer`, and writes nothing, if an answer cannot be used or a file exists.
    """
    check(answers)
    with _rendered(answers, sample) as folder:
        paths = _paths(folder)
        if taken := [path for path in paths if (PROJECT_DIR / path).exists()]:
            raise BadAnswer(f"{taken[0]} exists already: choose another name.")
        for path in paths:
            _copy(folder, path)
        _write_record(answers, {path: files.file_sha256(folder / path) for path in paths})
    return paths


def update(name: str, force: bool = False) -> Updated:
    """Render a dataset with the template as it is now. Files that were edited are kept, unless ``force``.

    Raises :class:`BadAnswer` if the template did not make the dataset.
    """
    record = _record(name)
    before: dict[str, str] = record["files"]
    sample = PROJECT_DIR / _sample_of(name)
    with _rendered(record["answers"], read(sample) if sample.exists() else None) as folder:
        now = {path: files.file_sha256(folder / path) for path in _paths(folder)}
        changed = [path for path in now if now[path] != before.get(path) and _is_edited(path, now[path], missing=True)]
        kept = [] if force else [path for path in changed if _is_edited(path, before.get(path))]
        gone = [path for path in before if path not in now and not _is_edited(path, before[path])]
        written = [path for path in changed if path not in kept]
        for path in written:
            _copy(folder, path)
        for path in gone:
            _remove(path)
    _write_record(record["answers"], now | {path: before[path] for path in kept if path in before})
    return Updated(written, kept)


def remove(name: str, force: bool = False) -> list[str]:
    """Remove the files of a dataset and the folders that are then empty; return their paths.

    Raises :class:`Edited`, and removes nothing, if a file was edited, unless ``force``; and :class:`BadAnswer` if the
    template did not make the dataset, or if it is the lead dataset of the project.
    """
    rendered: dict[str, str] = _record(name)["files"]
    if read_project().lead_dataset == name:
        raise BadAnswer(f"{name} is the lead dataset: choose another first (ontime project init --lead-dataset …).")
    edited = [path for path, sha256 in rendered.items() if _is_edited(path, sha256)]
    if edited and not force:
        raise Edited(
            f"You have edited {', '.join(edited)}. Nothing was removed: --force removes them too, and git keeps what "
            "was committed."
        )
    for path in rendered:
        _remove(path)
    _remove(str(_record_path(name).relative_to(PROJECT_DIR)))
    return list(rendered)


def _problem(question: str, **answers: Any) -> str:
    """For the validators of the form."""
    return problem(question, {name: str(answer) for name, answer in answers.items()})


@contextmanager
def _rendered(answers: Mapping[str, str], sample: Sample | None) -> Iterator[Path]:
    """A temporary folder with the files of a dataset, as they lie in the project. The answers have been checked."""
    import copier

    dataset = Description(answers, sample)
    with TemporaryDirectory() as folder:
        copier.run_copy(
            str(TEMPLATE),
            folder,
            data={**answers, "dataset": dataset, "kind": dataset.kind, "problem": lambda *_, **__: ""},
            defaults=True,
            quiet=True,
        )
        yield Path(folder)


def _paths(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _copy(folder: Path, path: str) -> None:
    (PROJECT_DIR / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / path, PROJECT_DIR / path)


def _remove(path: str) -> None:
    file = PROJECT_DIR / path
    for leftover in (file, *(file.parent / "__pycache__").glob(f"{file.stem}.*.pyc")):
        leftover.unlink(missing_ok=True)
    while not any(file.parent.iterdir()):
        file = file.parent
        file.rmdir()


def _is_edited(path: str, sha256: str | None, missing: bool = False) -> bool:
    """Whether a file differs from what was rendered; ``missing`` is the answer for a file that does not exist."""
    file = PROJECT_DIR / path
    return files.file_sha256(file) != sha256 if file.exists() else missing


def _sample_of(name: str) -> str:
    return f"tests/published/{name}.csv"


def _record_path(name: str) -> Path:
    return PROJECT_DIR / "templates" / "answers" / f"{name}.yml"


def _record(name: str) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.safe_load(_record_path(name).read_text("utf-8"))
    except FileNotFoundError:
        made = ", ".join(sorted(path.stem for path in _record_path("").parent.glob("*.yml"))) or "none yet"
        raise BadAnswer(f"The template has made no dataset {name}; it has made: {made}.") from None


def _write_record(answers: Mapping[str, str], rendered: Mapping[str, str]) -> None:
    import yaml

    path = _record_path(answers["name"])
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"answers": {question: answers[question] for question in QUESTIONS}, "files": dict(rendered)}
    head = "# Answers of `ontime dataset new`, and the sha256 of each file as it was rendered.\n"
    files.write_text(path, head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000))
