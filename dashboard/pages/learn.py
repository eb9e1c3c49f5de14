"""Learn: what one can learn from this project, and where to begin."""

import re

import pandas as pd
import streamlit as st

from dashboard import parts
from incidents.engine import solved
from incidents.engine.incident import incidents
from labs.engine import progress
from labs.engine.lab import labs
from ontime.settings import PROJECT_DIR

LESSONS_DIR = PROJECT_DIR / "docs" / "learn"

#: What to try in this dashboard: a question, the page that answers it, and its values.
QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Why is the average of daily shares not the share of all flights?", "sql", {}),
    ("When do delays build up in a day?", "day", {}),
    ("Is a late airline late because of itself, or because of its airports?", "airlines", {}),
    ("Of 100 flights with a probability of 30 %, how many are late?", "model", {}),
    ("Which rows does a pipeline have to reject, and why?", "operations", {"tab": "Rows"}),
)


def for_this_page(lesson: str) -> str:
    """A lesson without its comments and without links to files that are not served here; its title is a header."""
    text = re.sub(r"<!--.*?-->\n?", "", lesson, flags=re.DOTALL)
    return "##" + re.sub(r"\[([^]]+)\]\((?!https?://)[^)]*\)", r"\1", text).removeprefix("#")


st.title("Learn")
st.write("The data is real, and so are the mistakes that one can make with it.")
st.header("Questions to answer here")
for question, page, choices in QUESTIONS:
    parts.link(page, question, **choices)
st.header("Labs")
states = {lab.name: progress.state(lab) for lab in labs().values()}
st.write(
    f"Small tasks on the same data; a program says what is right and what is not. "
    f"{sum(state == 'solved' for state in states.values())} of {len(states)} are solved. "
    "Begin with `ontime labs start clock`."
)
parts.table(
    "labs",
    pd.DataFrame(
        [(lab.name, lab.title, lab.phase, lab.minutes, states[lab.name]) for lab in labs().values()],
        columns=["lab", "what it is about", "phase", "minutes", "state"],
    ),
)
st.header("Incidents")
incident_states = {incident.name: solved.state(incident) for incident in incidents().values()}
st.write(
    f"Faults in the real chain, each with a ticket that says only what somebody has noticed. "
    f"{sum(state == 'solved' for state in incident_states.values())} of {len(incident_states)} are repaired. "
    "Begin with `ontime incident start boston`."
)
parts.table(
    "incidents",
    pd.DataFrame(
        [(one.name, one.title, one.phase, one.minutes, incident_states[one.name]) for one in incidents().values()],
        columns=["incident", "its ticket", "phase", "minutes", "state"],
    ),
)
st.header("Lessons")
lessons = {path.stem: path.read_text("utf-8") for path in sorted(LESSONS_DIR.glob("*.md"))}
if lessons:
    titles = {name: text.partition("\n")[0].lstrip("# ") for name, text in lessons.items()}
    name = st.selectbox("Lesson", list(lessons), format_func=titles.__getitem__, key="lesson", bind="query-params")
    with st.container(border=True):
        st.markdown(for_this_page(lessons[name]))
else:
    st.info("The lessons are in the folder docs/learn of the project.")
