"""The answers that make a dataset, and what is wrong with them: one sentence for each problem."""

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from ontime.datasets import DATASETS
from ontime.scaffold.columns import NUMBERS, TYPES, clean_name, header_cells, is_keyword, listed

#: The questions in the order in which they are asked.
QUESTIONS = (
    "name",
    "title",
    "cadence",
    "source",
    "header",
    "types",
    "month_columns",
    "key",
    "time_zone",
    "license",
    "measure",
)

Answers = Mapping[str, str]


class BadAnswer(ValueError):
    """An answer that cannot be used. The message says why, in one sentence."""


def check(answers: Answers) -> None:
    """Raise :class:`BadAnswer` for the first question whose answer cannot be used."""
    for question in QUESTIONS:
        if sentence := problem(question, answers):
            raise BadAnswer(sentence)


def problem(question: str, answers: Answers) -> str:
    """What is wrong with the answer to a question, given the answers before it; empty if it can be used."""
    return _CHECKS[question](answers)


def kind_of(source: str) -> str:
    """The kind of a source: ``url``, ``package`` or ``folder``."""
    if "://" in source:
        return "url"
    return "package" if re.match(r"[A-Za-z_]\w+:", source) else "folder"


def package_file(source: str) -> Path | None:
    """The file of a source such as ``package:data/file.csv``; None if the package or the file is missing."""
    package, path = source.split(":", 1)
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or ()
    return next((file for place in places if (file := Path(place) / path).is_file()), None)


def _name(answers: Answers) -> str:
    name = answers["name"]
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", name):
        return f"“{name}” cannot be a name: use 3 to 40 small letters, digits and _, and begin with a letter."
    if is_keyword(name):
        return f"“{name}” cannot be a name: it is a keyword of SQL or Python."
    return f"There is a dataset called {name} already: choose another name." if name in DATASETS else ""


def _present(question: str, what: str) -> Callable[[Answers], str]:
    def check_present(answers: Answers) -> str:
        text = answers[question]
        if re.search(r'\{\{|\{%|"""|\\|\n', text):
            return f"{what} cannot contain {{{{, {{%, three quotes, a backslash or a second line."
        return "" if text.strip() else f"{what} is missing."

    return check_present


def _cadence(answers: Answers) -> str:
    cadence = answers["cadence"]
    return "" if cadence in ("month", "once") else f"The cadence is month or once, not “{cadence}”."


def _source(answers: Answers) -> str:
    source, is_monthly = answers["source"], answers["cadence"] == "month"
    if kind_of(source) == "url":
        places = set(re.findall(r"\{.*?\}|[{}]", source))
        if unknown := places - {"{month}", "{year}", "{mm}"}:
            return f"{source} has {min(unknown)}: only {{month}}, {{year}} and {{mm}} can be filled in."
        named = "{month}" in places or {"{year}", "{mm}"} <= places
        return "" if named or not is_monthly else f"{source} does not say where the month is: write {{month}} there."
    if kind_of(source) == "package":
        package, path = source.split(":", 1)
        if not find_spec(package):
            return f"The package {package} is not installed."
        return "" if package_file(source) else f"The package {package} has no file {path}."
    return "" if source and Path(source).expanduser().is_dir() else f"There is no folder “{source}”."


def _header(answers: Answers) -> str:
    names = header_cells(answers["header"])
    if not names:
        return "The header is missing: paste the first line of the publisher's file, or name a sample (--sample)."
    if bad := [name for name in names if not name.strip() or re.search(r"[`\\\n]|\{\{|\{%", name)]:
        return f"A column of the header cannot be called “{bad[0]}”."
    clean = [clean_name(name, answers["name"]) for name in names]
    if repeated := [name for place, name in enumerate(names) if clean[place] in clean[:place]]:
        return f"Two columns of the header have nearly the same name: {repeated[0]}."
    return ""


def _types(answers: Answers) -> str:
    types, names = split_types(answers["types"]), header_cells(answers["header"])
    if unknown := [name for name in types if name not in TYPES]:
        return f"“{unknown[0]}” is no type: write string, int32, double, decimal comma, date %d.%m.%Y or the like."
    return "" if len(types) == len(names) else f"The header has {len(names)} columns, but there are {len(types)} types."


def _month_columns(answers: Answers) -> str:
    if answers["cadence"] == "once":
        return ""
    if sentence := _not_in_header("month_columns", "the month", answers):
        return sentence
    names = header_cells(answers["header"])
    types = dict(zip(names, split_types(answers["types"]), strict=True))
    chosen = [types[name] for name in listed(answers["month_columns"], names)]
    if chosen == ["int32", "int32"] or (len(chosen) == 1 and "%" in chosen[0]):
        return ""
    return (
        f"The month must come from one column of dates or times, or from year and month as whole numbers, not from "
        f"{answers['month_columns']} ({', '.join(chosen)})."
    )


def _key(answers: Answers) -> str:
    return _not_in_header("key", "the key", answers)


def _time_zone(answers: Answers) -> str:
    try:
        ZoneInfo(answers["time_zone"])
    except (KeyError, ValueError, OSError):
        return f"“{answers['time_zone']}” is no time zone: write its IANA name, for example Europe/Berlin."
    return ""


def _measure(answers: Answers) -> str:
    if not answers["measure"]:
        return ""
    if sentence := _not_in_header("measure", "the measure", answers):
        return sentence
    types = dict(zip(header_cells(answers["header"]), split_types(answers["types"]), strict=True))
    type_ = types[answers["measure"]]
    return "" if type_ in NUMBERS else f"The measure must be a number, and {answers['measure']} is a {type_}."


def split_types(answer: str) -> list[str]:
    """The types of an answer: one for each column, separated by semicolons."""
    return [part.strip() for part in answer.split(";") if part.strip()]


def _not_in_header(question: str, what: str, answers: Answers) -> str:
    names = header_cells(answers["header"])
    columns = listed(answers[question], names)
    if not columns:
        return f"No column is named for {what}: the header has {', '.join(names)}."
    missing = [name for name in columns if name not in names]
    return f"The header has no column {missing[0]} for {what}: it has {', '.join(names)}." if missing else ""


_CHECKS: dict[str, Callable[[Answers], str]] = {
    "name": _name,
    "title": _present("title", "The title"),
    "cadence": _cadence,
    "source": _source,
    "header": _header,
    "types": _types,
    "month_columns": _month_columns,
    "key": _key,
    "time_zone": _time_zone,
    "license": _present("license", "The licence"),
    "measure": _measure,
}
