"""What a gate says when it stops the flow: written for the person who reads the task log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 5


class GateFailed(ValueError):
    """Data did not meet its suite. The message names each failed expectation, its column, what was
    observed, some of the offending rows whole, and what to do."""


def describe(name: str, result: Mapping[str, Any], batch: pd.DataFrame) -> str:
    """The failed expectations of one validated suite.

    ``result`` is a Great Expectations suite result as JSON; ``batch`` is the frame that was
    validated, for its rows.
    """
    failed = [check for check in result["results"] if not check["success"]]
    unchecked = [check for check in failed if _absent_columns(check, batch)]
    lines = [f"{name}: {len(failed)} of {len(result['results'])} checks failed ({len(batch):,} rows)"]
    for check in failed:
        if check not in unchecked:
            lines += _lines(check, batch)
    if unchecked:
        lines.append(f"  not checked, for want of their column: {', '.join(map(_title, unchecked))}")
    return "\n".join(lines)


def _lines(check: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    config, result = check["expectation_config"], check["result"]
    limits = ", ".join(f"{key}={value}" for key, value in config["kwargs"].items() if key not in _COLUMN_KEYS)
    lines = [f"  {_title(check)}" + (f": expected {limits}" if limits else "")]
    if "column_list" in config["kwargs"] and config["type"].startswith("expect_table"):
        lines += [f"    {line}" for line in _columns(config["kwargs"]["column_list"], list(batch.columns))]
    elif "unexpected_count" in result:
        examples = ", ".join(dict.fromkeys(map(_text, result.get("partial_unexpected_list", [])[:ROWS_SHOWN])))
        lines.append(
            f"    observed: {result['unexpected_count']:,} of {result['element_count']:,} values unexpected"
            + (f", such as {examples}" if examples not in ("", "null") else "")
        )
    elif "observed_value" in result:
        lines.append(f"    observed: {result['observed_value']}")
    else:
        lines.append(f"    could not be checked: {_exception(check)}")
    if config.get("notes"):
        lines.append(f"    why: {config['notes']}")
    for position in result.get("partial_unexpected_index_list", [])[:ROWS_SHOWN]:
        row = batch.loc[position]
        lines.append(f"    row {position}: " + ", ".join(f"{key}={_text(value)}" for key, value in row.items()))
    return lines


_COLUMN_KEYS = {"batch_id", "column", "column_A", "column_B", "column_list"}


def _title(check: Mapping[str, Any]) -> str:
    return f"{check['expectation_config']['type']}({', '.join(_checked_columns(check))})"


def _checked_columns(check: Mapping[str, Any]) -> list[str]:
    kwargs, kind = check["expectation_config"]["kwargs"], check["expectation_config"]["type"]
    single = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
    return single if kind.startswith("expect_table") else single + kwargs.get("column_list", [])


def _absent_columns(check: Mapping[str, Any], batch: pd.DataFrame) -> list[str]:
    return [column for column in _checked_columns(check) if column not in batch.columns]


def _columns(expected: list[str], found: list[str]) -> list[str]:
    missing = [column for column in expected if column not in found]
    unexpected = [column for column in found if column not in expected]
    lines = [
        f"{label}: {', '.join(columns)}"
        for label, columns in [("missing columns", missing), ("unexpected columns", unexpected)]
        if columns
    ]
    if not found:
        lines.append("The file is empty: it has no header line.")
    elif found[0].lstrip().startswith("<"):
        lines.append(f"The file begins with {found[0][:40]!r}: it is a web page, not a table.")
    elif not lines:
        lines.append(f"same columns in another order: {', '.join(found)}")
    return lines


def _text(value: object) -> str:
    text = str(value)
    return "null" if text in ("None", "nan", "NaT", "<NA>") else text


def _exception(check: Mapping[str, Any]) -> str:
    raised = check["exception_info"]
    nested = raised if "exception_message" in raised else next(iter(raised.values()), {})
    return str(nested.get("exception_message", "no result"))
