"""Digests of what decides a result: code, SQL and contracts without their prose.

A digest says whether to clean, build or train again. Changing a comment, a docstring or a description must not, and
changing a threshold must; so prose is removed before the digest is taken.
"""

import ast
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ontime.contract import Bounds, Column, Dataset

#: What explains a contract and decides nothing.
_PROSE = {Bounds: {"source"}, Column: {"description", "unit"}, Dataset: {"title", "source", "license", "dag"}}

_SQL_COMMENT_OR_STRING = re.compile(
    r"""(?P<string> '(?:[^']|'')*' | "(?:[^"]|"")*" )   # kept: a string may contain what looks like a comment
      | \{\# .*? \#\} | /\* .*? \*/ | --[^\n]*""",
    re.DOTALL | re.VERBOSE,
)


def of_python(files: Iterable[Path]) -> str:
    """A digest of Python modules without comments and docstrings; formatting does not count either.

    Raises ``SyntaxError`` for a file that is not Python.
    """
    return _digest({file.name: ast.dump(_without_docstrings(ast.parse(file.read_text()))) for file in sorted(files)})


def of_dataset(dataset: Dataset) -> str:
    """A digest of a contract without titles, descriptions and sources."""
    return _digest(_rules(dataset))


def of_dbt_project(project: Path) -> str:
    """A digest of a dbt project: SQL without comments, YAML without descriptions, seeds as they are.

    Exposures and doc blocks describe the project and are left out.
    """
    content: dict[str, Any] = {}
    for folder in ("models", "seeds", "macros", "tests"):
        for path in sorted((project / folder).rglob("*")):
            if path.is_file() and path.suffix != ".md":
                content[str(path.relative_to(project))] = _without_prose(path)
    content["dbt_project.yml"] = _without_prose(project / "dbt_project.yml")
    return _digest(content)


def of_values(values: Any) -> str:
    """A digest of plain values: numbers, strings, lists and dictionaries."""
    return _digest(values)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        # A string that is a statement does nothing: a docstring, or a comment written as one.
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [  # type: ignore[attr-defined]
                statement
                for statement in body
                if not (
                    isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and isinstance(statement.value.value, str)
                )
            ]
    return tree


def _rules(value: Any) -> Any:
    """A contract's values as JSON has them, without prose."""
    if dataclasses.is_dataclass(value):
        prose = _PROSE.get(type(value), set())  # type: ignore[arg-type]
        names = (field.name for field in dataclasses.fields(value) if field.name not in prose)
        return {name: _rules(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {name: _rules(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_rules(item) for item in value]
    return value


def _without_prose(path: Path) -> Any:
    if path.suffix == ".sql":
        code = _SQL_COMMENT_OR_STRING.sub(lambda found: found["string"] or " ", path.read_text())
        return " ".join(code.split())
    if path.suffix in (".yml", ".yaml"):
        import yaml

        return _without_descriptions(yaml.safe_load(path.read_text()))
    return path.read_bytes().hex()


def _without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_descriptions(item) for key, item in value.items() if key not in ("description", "exposures")
        }
    if isinstance(value, list):
        return [_without_descriptions(item) for item in value]
    return value


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
