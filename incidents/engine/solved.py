"""Which incidents are solved: ``ontime incident check`` records it beside the results of the labs."""

from incidents.engine.incident import Incident, incidents
from labs.engine import progress
from labs.engine.progress import Entry

#: What the evidence says of a solved incident.
COLUMNS = ("incident", *progress.COLUMNS[1:])


def state(incident: Incident) -> str:
    """``new``, ``started``, ``failed``, ``solved`` or ``skipped`` (the machine lacks something)."""
    entry = progress.entries().get(incident.key)
    if entry is None:
        return f"skipped: no {incident.missing}" if incident.missing else "new"
    if not entry.checks:
        return "started"
    return "solved" if entry.passed == entry.checks else "failed"


def solved() -> list[tuple[Incident, Entry]]:
    """The solved incidents, in the order in which one learns, each with its entry."""
    now = progress.entries()
    return [(one, now[one.key]) for one in incidents().values() if state(one) == "solved"]


def table() -> list[list[str]]:
    """The solved incidents as text: :data:`COLUMNS`, then one row for each."""
    return [[*COLUMNS], *(progress.cells(one.title, one.phase, entry) for one, entry in solved())]


def evidence() -> str:
    """The solved incidents as a Markdown table, with what a reviewer needs to grade them again."""
    return "\n".join(
        [
            f"Solved: {len(solved())} of {len(incidents())} incidents.",
            "",
            *progress.markdown(table()),
            "To grade them again: `make install`, then `.venv/bin/ontime incident check-again`.",
        ]
    )
