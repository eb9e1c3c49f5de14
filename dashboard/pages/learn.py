"""Learn: what one can learn from this project, and where to begin."""

import re
from collections.abc import Callable, Iterable

import pandas as pd
import streamlit as st

from dashboard import parts
from incidents.engine import solved
from incidents.engine.incident import Incident, incidents
from labs.engine import progress
from labs.engine.lab import Lab, labs
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


def exercises(name: str, what: str, begin: str, every: Iterable[Lab | Incident], state: Callable[..., str]) -> None:
    """A section with a table of exercises. ``what`` says what they are, ``begin`` is the command that begins one."""
    rows = [(one.name, one.title, one.phase, one.minutes, state(one)) for one in every]
    table = pd.DataFrame(rows, columns=[name, "title", "phase", "minutes", "state"])
    st.header(f"{name.capitalize()}s")
    st.write(f"{what} {sum(table['state'] == 'solved')} of {len(table)} are solved. Begin with `{begin}`.")
    parts.table(f"{name}s", table)


st.title("Learn")
st.write("The data is real, and so are the mistakes that one can make with it.")
st.header("Questions to answer here")
for question, page, choices in QUESTIONS:
    parts.link(page, question, **choices)
exercises(
    "lab",
    "Small tasks on the same data; a program says what is right and what is not.",
    "ontime labs start clock",
    labs().values(),
    progress.state,
)
exercises(
    "incident",
    "Faults in the real chain, each with a ticket that says only what somebody has noticed.",
    "ontime incident start boston",
    incidents().values(),
    solved.state,
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
