"""Writes, updates and removes the files of a dataset that the template made.

``templates/answers/<name>.yml`` keeps the answers and the sha256 of every file as it was rendered.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ontime import files
from ontime.datasets import DATASETS
from ontime.project import read as read_project
from ontime.scaffold.answers import QUESTIONS, BadAnswer, check, problem
from ontime.scaffold.description import Description
from ontime.scaffold.sample import Sample, read
from ontime.settings import PROJECT_DIR

TEMPLATE = PROJECT_DIR / "templates" / "dataset"


class MadeByHand(ValueError):
    """Files were edited after they were rendered, or other files use the dataset; nothing was removed."""


@dataclass(frozen=True)
class Updated:
    """What an update has done: the paths that were written, and those that were kept because they are edited."""

    written: list[str]
    kept: list[str]


@dataclass(frozen=True)
class Removed:
    """What a removal has done: the paths that were removed, and those of other files that still use the dataset."""

    removed: list[str]
    left: list[str]


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


def remove(name: str, force: bool = False) -> Removed:
    """Remove the files of a dataset that the template made, and the folders that are then empty.

    Raises :class:`MadeByHand`, and removes nothing, if a file was edited or if other files use the dataset, unless
    ``force``; and :class:`BadAnswer` if the template did not make the dataset, or if it is the lead dataset of the
    project.
    """
    rendered: dict[str, str] = _record(name)["files"]
    if read_project().lead_dataset == name:
        raise BadAnswer(f"{name} is the lead dataset: choose another first (ontime project init --lead-dataset …).")
    edited = [path for path, sha256 in rendered.items() if _is_edited(path, sha256)]
    record = str(_record_path(name).relative_to(PROJECT_DIR))
    users = sorted(_users(name) - {*rendered, record})
    problems = []
    if edited:
        problems.append(f"You have edited {', '.join(edited)}.")
    if users:
        problems.append(f"The template did not make {', '.join(users)}, which use {name}: delete or change them.")
    if problems and not force:
        way_out = "Nothing was removed: --force removes the template's files, and git keeps what was committed."
        raise MadeByHand(" ".join([*problems, way_out]))
    for path in (*rendered, record):
        _remove(path)
    return Removed(list(rendered), users)


def _users(name: str) -> set[str]:
    """The files that use the modules or the dbt models of a dataset, its own files among them."""
    models = [*PROJECT_DIR.glob(f"dbt_project/models/*/{name}/*.*")]
    tables = "|".join(model.stem for model in models if model.suffix == ".sql")
    rooms = r"(ontime\.(datasets|sources)|spark_jobs|expectations)"
    return {
        *_files_with(rf"^ *(from|import) {rooms}(\.| import (.*, )?){name}", "*.py"),
        # Pages and tests have tables of examples, which do not depend on this project's.
        *(_files_with(tables, ":!docs", ":!tests", ":!*.md") if tables else []),
        *(f"ontime/datasets/{other.name}.py" for other in DATASETS.values() if name in other.needs),
        *(str(model.relative_to(PROJECT_DIR)) for model in models),
    }


def _files_with(pattern: str, *paths: str) -> list[str]:
    """The files in which git finds whole words; those that it ignores are left out."""
    # Without its index, git finds files that are not added yet, and works where there is no repository.
    search = ("git", "grep", "--no-index", "--exclude-standard", "--files-with-matches", "--word-regexp")
    done = subprocess.run(
        [*search, "--extended-regexp", pattern, "--", *paths], cwd=PROJECT_DIR, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def _problem(question: str, **answers: Any) -> str:
    """What is wrong with an answer, as the form's validators ask for it: earlier answers are keyword arguments."""
    return problem(question, {name: str(answer) for name, answer in answers.items()})


@contextmanager
def _rendered(answers: Mapping[str, str], sample: Sample | None) -> Iterator[Path]:
    """A temporary folder with the files of a dataset, at the same paths as in the project. The answers are checked."""
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
