"""Every page of the dashboard in a browser without network: in both themes, on a phone, by keyboard."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard import parts
from ontime.settings import PROJECT_DIR
from tests.browser import (
    Visit,
    assert_accessible,
    assert_keyboard_reaches_all,
    assert_landmarks,
    assert_no_overflow,
    assert_quiet,
)
from tests.dashboard import made

pytestmark = pytest.mark.more

PAGES = sorted(path.stem for path in (Path(parts.__file__).parent / "pages").glob("[a-z]*.py"))
#: Streamlit looks for its server below the page's address first, and expects that it is not there.
PROBES = "/_stcore/"
#: Streamlit's own frame: it scrolls by keyboard, and the current page's link is marked, but neither shows the focus.
FRAME = 'data-testid="(stMain|stPageLink-NavLink)"'
#: On a phone the closed menu lies outside the window.
CLOSED_MENU = '[data-testid="stSidebar"][aria-expanded="false"]'


@pytest.fixture(scope="module")
def address(module_data_dir, tmp_path_factory) -> Iterator[str]:
    """The dashboard of a year with predictions, in a process of its own."""
    made.publish_flights(last="2013-12-31", causes=True)
    made.publish_predictions(tmp_path_factory.mktemp("predictions"))
    log = tmp_path_factory.mktemp("log") / "dashboard.log"
    port = "8791"
    environment = os.environ | {"ONTIME_DATA_DIR": str(module_data_dir)}
    command = [sys.executable, "-m", "dashboard", "--port", port]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def opened(visit, address: str, name: str, view: str) -> Visit:
    """The page when its script has ended."""
    path = "" if name == "overview" else name
    seen = visit(f"{address}/{path}", view, ready="h1")
    seen.page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    seen.failed = [request for request in seen.failed if PROBES not in request]
    return seen


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_good_manners(address, visit, name, view):
    seen = opened(visit, address, name, view)
    assert_quiet(seen)
    assert_accessible(seen.page, exclude=CLOSED_MENU)
    assert_no_overflow(seen.page)
    assert_landmarks(seen.page)
    assert_keyboard_reaches_all(seen.page, hidden_focus=FRAME)
