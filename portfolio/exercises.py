"""Solved exercises: recorded results of labs, as long as answer and checks have the recorded digest, and of incidents.

``ontime labs check`` and ``ontime incident check-again`` grade them again; the site shows what was recorded.
"""

from incidents.engine import solved as solved_incidents
from incidents.engine.incident import incidents
from labs.engine import progress
from labs.engine.lab import PHASES, labs
from portfolio.facts import Fact, fact
from portfolio.tables import Table


def facts() -> dict[str, Fact]:
    """How many labs there are and how many are solved, of all phases and of each, and how many checks those pass; the
    same of incidents.

    Raises :class:`labs.engine.progress.DamagedProgress`.
    """
    solved, everything = progress.solved(), list(labs().values())
    in_labs, in_answers = "count of the folders in labs", "answers whose digest is the recorded one, in answers"
    derived = [
        ("labs.lab_count", len(everything), in_labs),
        ("labs.solved_count", len(solved), in_answers),
        ("labs.check_count", sum(entry.checks for _, entry in solved), "sum over the solved labs"),
        ("incidents.incident_count", len(incidents()), "count of the folders in incidents"),
        ("incidents.solved_count", len(solved_incidents.solved()), "incidents whose checks all hold, in answers"),
    ]
    for phase in phases():
        derived += [
            (f"labs.{phase}_lab_count", sum(lab.phase == phase for lab in everything), in_labs),
            (f"labs.{phase}_solved_count", sum(lab.phase == phase for lab, _ in solved), in_answers),
        ]
    return {name: fact(name, value, derivation=derivation) for name, value, derivation in derived}


def phases() -> list[str]:
    """The phases that have a lab."""
    return [phase for phase in PHASES if any(lab.phase == phase for lab in labs().values())]


def tables() -> dict[str, Table]:
    """The tables of solved exercises, the header first. Raises :class:`labs.engine.progress.DamagedProgress`."""
    return {"labs": progress.table(), "incidents": solved_incidents.table()}
