"""Whose project this is: title, owner, repository and lead dataset, as `project.toml` says.

The README, the pages and the DAGs read the file each time. It does not affect the data, so no digest includes it: a
changed title does not cause another cleaning, build or training.
"""

import json
import re
import tomllib
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from ontime import files
from ontime.contract import Dataset
from ontime.datasets import DATASETS
from ontime.settings import PROJECT_FILE

#: Markdown, HTML or TOML read these characters as markup.
MARKUP = re.compile(r'[<>\[\]{}|`*$~\\"]')
LONGEST_NAME = 60
#: ``owner/name`` by the rules of GitHub.
REPOSITORY = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}")

TEMPLATE = """\
# Whose project this is. `ontime project init` writes this file; README, pages, dashboard and DAGs read it.
title = {title}
owner = {owner}
# On GitHub: owner/name. Empty until the project is on GitHub.
repository = {repository}
# The dataset that README, site and dashboard name first.
lead_dataset = {lead_dataset}
"""


class BadProject(ValueError):
    """A value of the project is unusable, or `project.toml` cannot be read. The message says which and why."""


class Project(BaseModel):
    """The values of `project.toml`. The defaults apply if there is no such file, as in an installed package."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = "Ontime"
    owner: str = "ontime"
    repository: str = ""
    lead_dataset: str = "flights"

    @field_validator("title", "owner")
    @classmethod
    def _is_plain_text(cls, text: str) -> str:
        if not 0 < len(text) <= LONGEST_NAME:
            raise ValueError(f"it must have 1 to {LONGEST_NAME} characters")
        if not text.isprintable():
            raise ValueError("it must be one line that can be printed")
        if markup := MARKUP.search(text):
            raise ValueError(f"it must be plain text, without {markup[0]}")
        return text

    @field_validator("repository")
    @classmethod
    def _is_on_github(cls, repository: str) -> str:
        if repository and not REPOSITORY.fullmatch(repository):
            raise ValueError("write it as owner/name, for example jane/delays, or leave it empty")
        return repository

    @field_validator("lead_dataset")
    @classmethod
    def _is_a_dataset(cls, name: str) -> str:
        if name not in DATASETS:
            raise ValueError(f"there is no such dataset; choose from {', '.join(DATASETS)}")
        return name

    @property
    def by(self) -> str:
        """``by Jane Doe``; empty if the owner has the name of the project."""
        return "" if self.owner.casefold() == self.title.casefold() else f"by {self.owner}"

    @property
    def byline(self) -> str:
        """``Delays by Jane Doe``, or only the title."""
        return f"{self.title} {self.by}".strip()

    @property
    def code_url(self) -> str:
        """The address of the repository; empty if there is none."""
        return f"https://github.com/{self.repository}" if self.repository else ""

    @property
    def site_url(self) -> str:
        """Where GitHub Pages publishes the site of the repository; empty if there is none."""
        owner, _, name = self.repository.lower().partition("/")
        if not owner:
            return ""
        # A repository with the name of its own host is published at the root of the host.
        return f"https://{owner}.github.io/" + (
            "" if name == f"{owner}.github.io" else f"{self.repository[len(owner) + 1 :]}/"
        )

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """All datasets by name, the lead dataset first."""
        return {self.lead_dataset: DATASETS[self.lead_dataset], **DATASETS}


def read() -> Project:
    """The project as `project.toml` says now. Raises :class:`BadProject`."""
    return checked(stored())


def stored() -> dict[str, object]:
    """The values in `project.toml`, unchecked; none if there is no such file. Raises :class:`BadProject`."""
    try:
        return tomllib.loads(PROJECT_FILE.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as problem:  # not UTF-8, or not TOML
        raise BadProject(
            f"{PROJECT_FILE.name} cannot be read: {problem}. Correct it, or delete it and run `ontime project init`."
        ) from problem


def checked(values: Mapping[str, object]) -> Project:
    """A project with these values. Raises :class:`BadProject` for the first that is unusable."""
    try:
        return Project.model_validate(values)
    except ValidationError as problem:
        error = problem.errors()[0]
        reason = error["msg"].removeprefix("Value error, ")
        raise BadProject(f"{PROJECT_FILE.name}: {error['loc'][0]} = {error['input']!r}: {reason}.") from problem


def as_toml(project: Project) -> str:
    """The text of `project.toml`."""
    # A string of JSON is a string of TOML too, as long as it has no control characters.
    return TEMPLATE.format(**{name: json.dumps(value, ensure_ascii=False) for name, value in project})


def write(project: Project) -> None:
    """Replace `project.toml` atomically."""
    files.write_text(PROJECT_FILE, as_toml(project))
