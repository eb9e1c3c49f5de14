"""Every page in every state of what is published: what it must say. The states are in `states.py`."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import parts
from ontime.settings import settings
from tests.dashboard.conftest import run_page, texts
from tests.dashboard.states import STATES

NOTHING, NO_CHAMPION = parts.MISSING["warehouse"], parts.MISSING["champion"]
#: The four last states have the same flights, the three last ones the same model.
YEAR = ("no champion", "year", "failed gate", "extra dataset")
MODEL = YEAR[1:]


def in_states(states: tuple[str, ...], words: str) -> dict[str, str]:
    return dict.fromkeys(states, words)


#: By page, and by tab of Operations: what it says in each state.
WORDS: dict[str, dict[str, str]] = {
    "overview": {
        "nothing": NOTHING,
        "one month": "Flights 837",
        "no champion": ":gray[–] There is no champion yet: no model has been promoted.",
        "year": ":green[✓] The champion keeps its promise in every month since its test.",
        "failed gate": ":red[✗] A gate has failed: clean flights 2013-12, marts months. The run stopped there. "
        "The published data has not changed.",
        "extra dataset": "pedestrians,Pedestrian counts,2013-01,2",
    },
    "network": {"nothing": NOTHING, "one month": "Where flights go"} | in_states(YEAR, "2013-01 2013-12"),
    "airlines": {"nothing": NOTHING, "one month": "Which airlines are late"} | in_states(YEAR, "2013-01 2013-12"),
    "day": {"nothing": NOTHING, "one month": "January 2013", "no champion": "There are no predictions yet."}
    | in_states(MODEL, "What the model predicted"),
    "causes": {"nothing": NOTHING, "one month": "The published flights have no causes"}
    | in_states(YEAR, "Causes by airline"),
    "model": {"nothing": NOTHING, "one month": NO_CHAMPION, "no champion": NO_CHAMPION}
    | in_states(MODEL, "Does it keep what its test promised"),
    "ask": {"nothing": NOTHING, "one month": NO_CHAMPION, "no champion": NO_CHAMPION}
    | in_states(MODEL, "The published data ends on 2013-12-31"),
    "operations": {
        "nothing": "No task has finished yet.",
        "one month": "1 task in 12 seconds (1 success).",
        "failed gate": "✗ 1 failed",
        "extra dataset": "pedestrians · manual__4",
    }
    | in_states(("no champion", "year"), "flights · manual__2"),
    "operations Gates": {
        "nothing": "No gate has run yet.",
        "one month": "All 46 checks of the latest runs hold.",
        "failed gate": "The published data has not changed. The page Data quality says why.",
        "extra dataset": "raw pedestrians,clean pedestrians",
    }
    | in_states(("no champion", "year"), "All 76 checks of the latest runs hold."),
    "operations Rows": {"nothing": "Nothing has been cleaned yet.", "extra dataset": "pedestrians,3,2,1"}
    | in_states(("one month", "no champion", "year", "failed gate"), "flights,3,2,1"),
    "operations Versions": {
        "nothing": NOTHING,
        "one month": "This is the only version.",
        "extra dataset": "fct_pedestrians_hourly,0,1,1",
    }
    | in_states(("no champion", "year", "failed gate"), 'fct_flights,837,"9,855","9,018"'),
    "quality": {
        "nothing": "No gate has run yet.",
        "one month": "All 46 checks of the latest runs hold.",
        "failed gate": "**clean flights 2013-12** did not pass: `expect_column_mean_to_be_between is_diverted`.",
        "extra dataset": "clean.pedestrians,2013-01,5",
    }
    | in_states(("no champion", "year"), "flights,unknown airport,1,33.3 %"),
    "sql": {"nothing": NOTHING, "extra dataset": "fct_pedestrians_hourly,1"}
    | in_states(("one month", "no champion", "year", "failed gate"), "agg_flights_daily"),
    "learn": in_states(tuple(STATES), "Questions to answer here"),
    "about": {
        "nothing": "Nothing is published yet.",
        "extra dataset": "pedestrians,Pedestrian counts,made up for a test",
    }
    | in_states(("one month", "no champion"), "warehouse,0000")
    | in_states(("year", "failed gate"), "monitoring,0000"),
}


@pytest.fixture(scope="module", autouse=True)
def one_cache() -> Iterator[None]:
    """States with the same version of the warehouse share its figures."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def state(request, tmp_path_factory) -> Iterator[str]:
    """The state, built once for all pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("state") / "data")
        STATES[request.param](patch, tmp_path_factory.mktemp("files"))
        yield request.param


@pytest.mark.parametrize("page", WORDS)
@pytest.mark.parametrize("state", STATES, indirect=True)
def test_a_page_says_what_is_there(state, page):
    name, _, tab = page.partition(" ")
    app = run_page(name, **({"tab": tab} if tab else {}))
    assert not app.exception and len(app.title) == 1
    # Red is for the failed gate only; a file or a table that cannot be read would be an error too.
    assert not app.warning and bool(app.error) == (state == "failed gate" and page in ("operations Gates", "quality"))
    assert WORDS[page][state] in shown(app)


def test_the_table_has_every_page():
    names = {path.stem for path in parts.page_file("x").parent.glob("[a-z]*.py")}
    assert {page.partition(" ")[0] for page in WORDS} == names
    assert {page: set(words) for page, words in WORDS.items()} == {page: set(STATES) for page in WORDS}


def shown(app: AppTest) -> str:
    """What a reader sees: words, figures, choices, and tables as comma-separated lines."""
    return "\n".join(
        [
            texts(app),
            *(message.value for message in app.success),
            *(f"{metric.label} {metric.value}" for metric in app.metric),
            *(" ".join(slider.value) for slider in app.select_slider),
            *(str(choice.value) for choice in app.selectbox),
            *(table.value.to_csv() for table in app.table),
            *(table.value.to_csv(index=False) for table in app.dataframe),
        ]
    )
