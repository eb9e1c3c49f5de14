"""Fixtures for the tests of every page: published data, and opening a page as a browser would."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard import parts
from ontime import warehouse
from tests.dashboard import made

UI = Path(parts.__file__).parent / "shell" / "ui.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def no_components() -> Iterator[None]:
    """Streamlit's tests look for components in all installed packages at each run: half a second for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", list)
        yield


@pytest.fixture
def one_month(data_dir: Path) -> warehouse.Version:
    """January 2013 is published: 837 flights."""
    return made.publish_flights()


@pytest.fixture
def two_months(data_dir: Path) -> warehouse.Version:
    """January and February 2013 are published."""
    return made.publish_flights(last="2013-02-28")


@pytest.fixture
def year(data_dir: Path) -> warehouse.Version:
    """The year 2013 is published: 9,855 flights, with the Bureau's causes of delay."""
    return made.publish_flights(last="2013-12-31", causes=True)


@pytest.fixture
def predicted(data_dir: Path, tmp_path: Path) -> warehouse.Version:
    """Predictions for what is published: use it after one of the fixtures above."""
    return made.publish_predictions(tmp_path)


@pytest.fixture
def open_page(data_dir: Path) -> Iterator[Open]:
    """Opens a page by the name of its file, with the values of its widgets; the page has run once.

    ``open_page("network", airport="EWR")`` is the address ``/network?airport=EWR``.
    """

    st.cache_resource.clear()
    yield run_page
    st.cache_resource.clear()


def run_page(name: str, **query: str) -> AppTest:
    """A page that has run once; the fixture ``open_page`` is for tests, this is for fixtures of a whole module."""
    app = AppTest.from_file(str(UI), default_timeout=120)
    app.query_params.update(query)
    return app.run() if name == "overview" else app.switch_page(str(parts.page_file(name))).run()


def texts(app: AppTest) -> str:
    """All text of a page that is shown as words, for tests of messages."""
    elements = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in elements for element in kind)
