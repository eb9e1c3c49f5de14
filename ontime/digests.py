"""Digests of code, SQL and contracts, computed without comments, docstrings and descriptions.

If a digest has changed, data is cleaned or built again, or the model is trained again. A changed threshold must have
this effect and a changed comment must not, so such prose is removed before the digest is computed.
"""

import ast
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ontime.contract import Bounds, Column, Dataset, PackageFile

#: Fields that describe a contract and do not affect any result.
_PROSE = {
    Bounds: {"source"},
    Column: {"description", "unit"},
    Dataset: {"title", "source", "license", "dag"},
    PackageFile: {"extra"},
}

#: Files of a dbt project that affect what it builds. Others, such as doc blocks in Markdown, do not.
_DBT_SUFFIXES = {".sql", ".py", ".yml", ".yaml", ".csv"}

#: A string is one token. So ``--`` in a string is not taken for a comment, and its spaces count. An SQL comment with
#: Jinja in it is code: dbt renders the Jinja, for example `-- depends_on: {{ ref("flights") }}`.
_SQL_TOKEN = re.compile(
    r"""\{\#.*?\#\} | /\*(?:(?!\{\{|\{%).)*?\*/ | --(?:(?!\{\{|\{%)[^\n])*(?=\n|\Z)
      | (?P<code> '(?:[^']|'')*' | "(?:[^"]|"")*" | \w+ | \S)""",
    re.DOTALL | re.VERBOSE,
)


def of_python(files: Iterable[Path]) -> str:
    """A digest of Python modules without comments and docstrings; formatting does not count either.

    Raises ``SyntaxError`` for a file that is not Python.
    """
    # A list, because modules of two packages may have the same name.
    return of_values([[file.name, _python_code(file)] for file in sorted(files)])


def of_dataset(dataset: Dataset) -> str:
    """A digest of a contract without titles, descriptions and sources."""
    return of_values(_rules(dataset))


def of_dbt_project(project: Path, without: Iterable[Path] = ()) -> str:
    """A digest of a dbt project: SQL without comments, YAML without descriptions, seeds as they are.

    Exposures and doc blocks describe the project and are left out, and so are the files ``without``.
    """
    paths = [project / "dbt_project.yml", project / "profiles.yml"]
    for folder in ("models", "seeds", "macros", "tests"):
        paths += (project / folder).rglob("*")
    return of_dbt_files(project, set(paths).difference(without))


def of_dbt_files(project: Path, paths: Iterable[Path]) -> str:
    """A digest of files of a dbt project, as for the whole project."""
    return of_values(
        {
            str(path.relative_to(project)): _without_prose(path)
            for path in paths
            if path.suffix in _DBT_SUFFIXES and path.is_file()
        }
    )


def of_values(values: Any) -> str:
    """A digest of plain values: numbers, strings, dates, lists and dictionaries.

    Raises ``TypeError`` for others, such as sets, which have no order.
    """
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=date.isoformat).encode()).hexdigest()


def _python_code(file: Path) -> str:
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        # A string that is a statement does nothing: a docstring, or a comment written as one.
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    # Not ast.dump: its output changes with the version of Python.
    return ast.unparse(tree)


def _is_text(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _rules(value: Any) -> Any:
    """A contract as plain values for JSON, without the descriptive fields."""
    if dataclasses.is_dataclass(value):
        prose = _PROSE.get(type(value), set())
        names = (field.name for field in dataclasses.fields(value) if field.name not in prose)
        return {name: _rules(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {name: _rules(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_rules(item) for item in value]
    return value


def _without_prose(path: Path) -> Any:
    if path.suffix == ".sql":
        return [token["code"] for token in _SQL_TOKEN.finditer(path.read_text()) if token["code"]]
    if path.suffix == ".py":
        return _python_code(path)
    if path.suffix == ".csv":
        return path.read_bytes().hex()
    import yaml  # type: ignore[import-untyped]

    # The same values as safe_load, in an eighth of its time.
    return _without_descriptions(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))


def _without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_descriptions(item) for key, item in value.items() if key not in ("description", "exposures")
        }
    if isinstance(value, list):
        return [_without_descriptions(item) for item in value]
    return value
