"""What the pages share: the published version of a page run, figures, and messages for what is missing.

A page run reads one version of each published file: :func:`begin` notes their names, and every query of the run opens
exactly these. A fragment compares them with the current names every few seconds. When they differ, the page runs again.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pandas as pd
import streamlit as st

from dashboard.places import place, place_of_table
from insight import theme
from insight.figure import Figure, Recipe
from insight.published import EARLIER_CODE, Published, connect, current
from ml.registry import store
from ontime import project, warehouse

#: Seconds between two checks of which versions are current. A check reads three links.
WATCH_SECONDS = 10
#: Sets of versions that are kept open: the current one, and the one before for pages that are still running.
OPEN_DATABASES = 2
FIGURES_KEPT = 60
#: The name of the selection in charts that can be clicked.
CLICKED = "clicked"
#: Altair refuses tables of more than 5,000 rows. Ours have at most a few thousand, and the browser draws them quickly.
alt.data_transformers.disable_max_rows()

MISSING = {
    "warehouse": "Nothing is published yet. `make demo` loads and publishes a year of flights; in Airflow, trigger the "
    "DAG **ingest (start here)**. This page then appears by itself.",
    "predictions": "There are no predictions yet. The DAG `training` publishes them after the warehouse.",
    "monitoring": "The model has not been monitored yet. The last task of the DAG `training` does it.",
    "champion": "There is no champion: no model has been trained and promoted yet. The DAG `training` does it.",
}


class Missing(LookupError):
    """Something that a page needs does not exist yet; the message says what makes it."""


def begin() -> None:
    """Note which versions this page run reads; :func:`published` returns them."""
    st.session_state["versions"] = current_versions()
    st.session_state.pop("published", None)


def published() -> Published:
    """The versions that this page run reads, the same for all its queries.

    Raises :class:`ontime.warehouse.DamagedVersion`.
    """
    if "published" not in st.session_state:
        st.session_state["published"] = current()
    return st.session_state["published"]


def need(*names: str) -> None:
    """Say what is missing, and end the page, unless everything in ``names`` exists.

    The names: ``warehouse``, ``predictions``, ``monitoring`` and ``champion``.
    """
    for name in names:
        if name == "champion":
            try:
                store.champion_card()
            except store.NoChampion:
                raise Missing(MISSING[name]) from None
        elif getattr(published(), name) is None:
            raise Missing(MISSING[name])


def query(sql: str, **choices: Any) -> duckdb.DuckDBPyConnection:
    """Run a query on the published databases; ``choices`` are its parameters (``$name``). Fetch with ``.df()``."""
    need("warehouse")
    return connection().execute(sql, choices or None)


def connection() -> duckdb.DuckDBPyConnection:
    """A cursor on the published databases of this page run. It works until it is closed, even after a publication."""
    # The session holds the database, because its cursors end with it.
    st.session_state["database"] = _database(published().key, published())
    cursor = st.session_state["database"].cursor()
    cursor.execute("USE warehouse")  # a cursor starts with the settings of a new connection
    return cursor


@dataclass(frozen=True)
class Click:
    """What a click on a mark of a chart does: the value of the mark's ``field`` becomes the value of a widget.

    ``widget``: its key. ``value`` turns the field's text into the widget's value. ``chosen``: the widget's value now.
    ``mark`` takes the chart and its rows, and returns the chart with the chosen mark highlighted.
    """

    field: str
    widget: str
    value: Callable[[str], Any]
    chosen: Any
    mark: Callable[[Any, pd.DataFrame], alt.TopLevelMixin]

    @property
    def key(self) -> str:
        """The selection's key. It changes with the choice, so that a second click on the same mark counts again."""
        return f"click-{self.widget}-{self.chosen}"

    def take(self) -> None:
        """Give the widget the value of the clicked mark; a click beside the marks changes nothing."""
        for clicked in st.session_state[self.key].selection[CLICKED]:
            if clicked.get(self.field):
                st.session_state[self.widget] = self.value(clicked[self.field])


def show(recipe: Recipe, click: Click | None = None, /, **choices: Any) -> Figure:
    """Show a figure: its title, the chart with a text for people who cannot see it, its SQL and its rows.

    ``choices``: the parameters of the recipe's query.
    """
    need("warehouse", *recipe.needs)
    what = (published().key, recipe.name, tuple(sorted(choices.items())))
    figure = _figure(*what, recipe)
    st.header(figure.title)
    if figure.rows.empty:
        st.info(figure.alt)
        return figure
    spec = _spec(*what, _scheme(), click.chosen if click else None, figure, click)
    _draw(recipe.name, spec, figure.alt, click)
    with st.expander("SQL · as a table"):
        st.code(figure.sql, language="sql", wrap_lines=True)
        if choices:
            st.caption("With " + ", ".join(f"`${name}` = {value}" for name, value in choices.items()))
        st.dataframe(figure.rows, hide_index=True)
    return figure


def chart(name: str, drawn: alt.TopLevelMixin, text: str) -> None:
    """Show a chart in the colours of the page. ``name``: unique on its page. ``text`` says what the chart shows, for
    people who cannot see it."""
    _draw(name, theme.themed(drawn, _scheme()).to_dict(validate=False), text)


def _draw(name: str, spec: dict[str, Any], text: str, click: Click | None = None) -> None:
    ours = deepcopy(spec)  # Streamlit takes the data out of it
    with st.container(key=f"{name}-{place(spec)}"):
        if click is None:
            st.vega_lite_chart(ours, theme=None, alt=text)
        else:
            st.vega_lite_chart(ours, theme=None, alt=text, key=click.key, on_select=click.take)


def _scheme() -> theme.Scheme:
    return "dark" if st.context.theme.type == "dark" else "light"


def table(name: str, rows: pd.DataFrame) -> None:
    """Show a small table; its first column names the rows. Long ones are for ``st.dataframe``, which scrolls.

    ``name``: unique on its page.
    """
    whole = [column for column in rows.columns if pd.api.types.is_integer_dtype(rows[column])]
    texts = {column: rows[column].map("{:,}".format) for column in whole}
    with st.container(key=f"{name}-{place_of_table(len(rows))}"):
        st.table(rows.assign(**texts).set_index(rows.columns[0]))


def link(page: str, label: str, **choices: str) -> None:
    """A link to another page. ``choices``: values of its widgets, which are part of its address."""
    st.page_link(page_file(page), label=label, query_params=choices or None)


def page_file(name: str) -> Path:
    """The file of a page."""
    return Path(__file__).parent / "pages" / f"{name}.py"


@contextmanager
def in_words() -> Iterator[None]:
    """Show what is missing or damaged as a sentence. No path and no value of the data is shown."""
    try:
        yield
    except Missing as missing:
        st.info(str(missing))
    except duckdb.CatalogException as problem:
        logging.getLogger(__name__).warning("A page cannot be shown: %s", problem)
        st.warning(EARLIER_CODE)
    except (warehouse.NothingPublished, duckdb.Error, OSError) as problem:
        logging.getLogger(__name__).warning("A page cannot be shown: %s", problem)
        st.error(
            "What is published cannot be read: a file is damaged or missing (the dashboard's log says which). "
            "What to do: run `ontime warehouse history`, then `ontime warehouse rollback`."
        )


def footer() -> None:
    """Which version the page shows, and the watch for a new one."""
    with in_words():
        version = published().warehouse
        if version:
            at = version.published_at[:16].replace("T", " ")
            st.caption(f"Warehouse version {version.version}, published at {at} UTC · {project.read().byline}")
    _watch()


def current_versions() -> tuple[str, ...]:
    """The names of the versions that are current now, whether or not their files can be read."""
    return tuple(map(_current_name, (warehouse.WAREHOUSE, warehouse.PREDICTIONS, warehouse.MONITORING)))


def _current_name(name: str) -> str:
    try:
        return warehouse.current_name(name) or ""
    except warehouse.DamagedVersion:
        return "damaged"


@st.fragment(run_every=WATCH_SECONDS)
def _watch() -> None:
    if current_versions() != st.session_state["versions"]:
        st.rerun()


# A database that leaves the cache is not closed, because that would close the cursors of pages that are still running.
# DuckDB closes it when no session uses it any more.
@st.cache_resource(max_entries=OPEN_DATABASES, show_spinner=False)
def _database(key: tuple[str, ...], _published: Published) -> duckdb.DuckDBPyConnection:
    return connect(_published)


@st.cache_resource(max_entries=FIGURES_KEPT, show_spinner=False)
def _figure(key: tuple[str, ...], name: str, choices: tuple[tuple[str, Any], ...], _recipe: Recipe) -> Figure:
    return _recipe.figure(connection(), **dict(choices))


# Cached, because Altair takes longer for the specification of a chart than DuckDB for its rows.
@st.cache_resource(max_entries=FIGURES_KEPT, show_spinner=False)
def _spec(
    key: tuple[str, ...],
    name: str,
    choices: tuple[tuple[str, Any], ...],
    scheme: theme.Scheme,
    chosen: Any,
    _figure: Figure,
    _click: Click | None,
) -> dict[str, Any]:
    drawn: Any = _click.mark(_figure.chart, _figure.rows) if _click else _figure.chart
    if _click:
        drawn = drawn.add_params(alt.selection_point(CLICKED, fields=[_click.field], on="click", toggle=False))
    # Tests validate the specifications; doing it here would double the time.
    return theme.themed(drawn, scheme).to_dict(validate=False)
