"""The text of a failed gate, for the person who reads the task log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 5
_COLUMN_KEYS = {"batch_id", "column", "column_A", "column_B", "column_list"}


class GateFailed(ValueError):
    """Data failed its suite.

    The message names each failed expectation, its column, the observed values and some of the failing rows, and says
    what to do.
    """


def describe(name: str, result: Mapping[str, Any], batch: pd.DataFrame) -> str:
    """The failed expectations of one validated suite, as text.

    ``result`` is Great Expectations' suite result as JSON; ``batch`` is the frame that was validated, from which
    failing rows are shown.
    """
    failed = [check for check in result["results"] if not check["success"]]
    unchecked = [check for check in failed if _missing_columns(check, batch)]
    lines = [f"{name}: {len(failed)} of {len(result['results'])} checks failed ({len(batch):,} rows)"]
    for check in failed:
        if check not in unchecked:
            lines += _lines(check, batch)
    if unchecked:
        lines.append(f"  not checked, because the column is missing: {', '.join(map(_title, unchecked))}")
    return "\n".join(lines)


def _lines(check: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    config = check["expectation_config"]
    limits = ", ".join(f"{key}={value}" for key, value in config["kwargs"].items() if key not in _COLUMN_KEYS)
    return [
        f"  {_title(check)}" + (f": expected {limits}" if limits else ""),
        *(f"    {line}" for line in _observed(check, batch)),
        *([f"    note: {config['notes']}"] if config.get("notes") else []),
        *(f"    {line}" for line in _failing_rows(check["result"], batch)),
    ]


def _observed(check: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    config, result = check["expectation_config"], check["result"]
    if "column_list" in config["kwargs"] and config["type"].startswith("expect_table"):
        return _column_difference(config["kwargs"]["column_list"], list(batch.columns))
    if {"unexpected_count", "element_count"} <= result.keys():
        examples = ", ".join(dict.fromkeys(map(_text, result.get("partial_unexpected_list", [])[:ROWS_SHOWN])))
        counts = f"observed: {result['unexpected_count']:,} of {result['element_count']:,} values unexpected"
        return [counts if examples in ("", "null") else f"{counts}, such as {examples}"]
    if "observed_value" in result:
        return [f"observed: {result['observed_value']}"]
    return [f"could not be checked: {_exception(check)}"]


def _failing_rows(result: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    positions = result.get("partial_unexpected_index_list", [])[:ROWS_SHOWN]
    return [
        f"row {position}: " + ", ".join(f"{column}={_text(value)}" for column, value in batch.loc[position].items())
        for position in positions
    ]


def _title(check: Mapping[str, Any]) -> str:
    return f"{check['expectation_config']['type']}({', '.join(_checked_columns(check))})"


def _checked_columns(check: Mapping[str, Any]) -> list[str]:
    kwargs, kind = check["expectation_config"]["kwargs"], check["expectation_config"]["type"]
    single = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
    return single if kind.startswith("expect_table") else single + kwargs.get("column_list", [])


def _missing_columns(check: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    return [column for column in _checked_columns(check) if column not in batch.columns]


def _column_difference(expected: list[str], actual: list[str]) -> list[str]:
    missing = [column for column in expected if column not in actual]
    unexpected = [column for column in actual if column not in expected]
    lines = [
        f"{label}: {_listed(columns)}"
        for label, columns in [("missing columns", missing), ("unexpected columns", unexpected)]
        if columns
    ]
    if not actual:
        lines.append("The file is empty: it has no header line.")
    elif actual[0].lstrip().startswith("<"):
        lines.append(f"The file begins with {actual[0][:40]!r}: it is a web page, not a table.")
    elif not lines:
        lines.append(f"same columns in another order: {_listed(actual)}")
    return lines


def _listed(columns: list[str]) -> str:
    """The names of columns, at most two thousand characters of them: a wrong file can have thousands."""
    names = ", ".join(columns)
    return names if len(names) <= 2_000 else f"{names[:2_000]} …"


def _text(value: object) -> str:
    text = str(value)
    return "null" if text in ("None", "nan", "NaT", "<NA>") else text


def _exception(check: Mapping[str, Any]) -> str:
    raised = check["exception_info"]
    nested = raised if "exception_message" in raised else next(iter(raised.values()), {})
    return str(nested.get("exception_message", "no result"))
