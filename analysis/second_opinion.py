"""A second opinion on the odds of the report: R fits the same model, and we compare.

R is optional. The script `r/odds.R` needs the packages sandwich and jsonlite; on Debian and Ubuntu
`apt-get install r-base-core r-cran-sandwich r-cran-jsonlite`.
"""

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.odds import FACTORS, Cells, cells_of, fit, label
from ontime import files
from ontime.settings import settings

SCRIPT = Path(__file__).parent / "r" / "odds.R"
SECONDS = 300
#: The script's exit code if R lacks one of its packages.
NO_PACKAGE = 3
INSTALL = "It is optional; on Debian and Ubuntu: apt-get install r-base-core r-cran-sandwich r-cran-jsonlite"


class NoR(RuntimeError):
    """R cannot be run here; the message says what to install."""


class RFailed(RuntimeError):
    """R stopped; the message is its own."""


@dataclass(frozen=True)
class Term:
    """One coefficient (log-odds) and its standard error clustered by day, from statsmodels and from R."""

    factor: str
    level: str
    log_odds: float
    r_log_odds: float
    error: float
    r_error: float


@dataclass(frozen=True)
class SecondOpinion:
    """What both say about the same ``flights``. ``versions``: of R and its package sandwich."""

    flights: int
    versions: dict[str, str]
    terms: tuple[Term, ...]

    @property
    def log_odds_differ_by(self) -> float:
        """The largest absolute difference of two coefficients."""
        return max(abs(term.log_odds - term.r_log_odds) for term in self.terms)

    @property
    def errors_differ_by(self) -> float:
        """The largest absolute difference of two standard errors."""
        return max(abs(term.error - term.r_error) for term in self.terms)


def ask(flights: pd.DataFrame) -> SecondOpinion:
    """Fit the odds of ``flights`` (as from :func:`analysis.flights.read_flights`) in both languages.

    Raises :class:`NoR`, :class:`RFailed`, or :class:`analysis.flights.NotEnoughData`.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise NoR(f"R is not installed, so there is no second opinion. {INSTALL}")
    cells = cells_of(flights)
    by_day, _ = fit(cells)
    answer = _ask(program, cells)
    columns = by_day.params[1:], answer["log_odds"], by_day.bse[1:], answer["errors"]
    return SecondOpinion(
        int(cells.counts["flights"].sum()),
        answer["versions"],
        tuple(
            Term(FACTORS[column], label(level), *map(float, figures))
            for (column, level), *figures in zip(cells.terms, *columns, strict=True)
        ),
    )


def _ask(program: str, cells: Cells) -> dict[str, Any]:
    """R's answer: ``log_odds`` and ``errors`` in the order of the terms, and ``versions``."""
    counts = cells.counts[["day", "late", "on_time"]].astype(int).to_dict("list")
    factors = {column: cells.counts[column].map(label).tolist() for column in cells.levels}
    levels = {column: [label(level) for level in levels] for column, levels in cells.levels.items()}
    ran = subprocess.run(
        [program, "--vanilla", str(SCRIPT)],
        input=json.dumps({"cells": counts | factors, "levels": levels}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if ran.returncode == NO_PACKAGE:
        raise NoR(f"R lacks sandwich or jsonlite, so there is no second opinion. {INSTALL}")
    if ran.returncode:
        raise RFailed(f"R stopped: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def write(opinion: SecondOpinion, version: str) -> Path:
    """Write the opinion on this version of the warehouse as JSON next to the report; returns its path."""
    content = asdict(opinion) | {
        "warehouse": version,
        "log_odds_differ_by": opinion.log_odds_differ_by,
        "errors_differ_by": opinion.errors_differ_by,
    }
    settings.second_opinion.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(settings.second_opinion, content)
    return settings.second_opinion


def as_text(opinion: SecondOpinion) -> str:
    """The opinion as a table of words and numbers, one line per term."""
    versions = ", ".join(f"{name} {version}" for name, version in opinion.versions.items())
    return "\n".join(
        [
            f"Log-odds of a late arrival, errors clustered by day: {opinion.flights:,} flights, {versions}",
            f"{'':36}{'statsmodels':>20}{'R':>20}",
            *(
                f"{f'{term.factor}: {term.level}':35} {term.log_odds:+10.6f} ±{term.error:8.6f}"
                f"{term.r_log_odds:+10.6f} ±{term.r_error:8.6f}"
                for term in opinion.terms
            ),
            f"The log-odds differ by {opinion.log_odds_differ_by:.0e} at most, the errors by "
            f"{opinion.errors_differ_by:.0e}.",
        ]
    )
