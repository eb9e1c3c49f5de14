"""Every page of the dashboard in a browser without network: in both themes, on a phone, by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard import parts
from tests.browser import (
    assert_accessible,
    assert_keyboard_reaches_all,
    assert_landmarks,
    assert_no_overflow,
    assert_quiet,
)
from tests.dashboard import made
from tests.dashboard.running import opened, running_dashboard

pytestmark = pytest.mark.more

PAGES = sorted(path.stem for path in (Path(parts.__file__).parent / "pages").glob("[a-z]*.py"))
#: On a phone the closed menu lies outside the window, where axe cannot judge it.
MENU = '[data-testid="stSidebar"]'


#: How much of the window moves while the page loads; 0.1 is good (Core Web Vitals).
SHIFT = """
    () => new Promise(done => new PerformanceObserver(list =>
        done(list.getEntries().reduce((sum, one) => sum + one.value, 0))
    ).observe({type: "layout-shift", buffered: true}))
"""


@pytest.fixture(scope="module")
def address(module_data_dir, tmp_path_factory) -> Iterator[str]:
    """The dashboard of a year with predictions."""
    folder = tmp_path_factory.mktemp("dashboard")
    made.publish_flights(last="2013-12-31", causes=True)
    made.publish_predictions(folder)
    with running_dashboard(module_data_dir, folder / "dashboard.log") as running:
        yield running.address


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_good_manners(address, visit, name, view):
    seen = opened(visit, address, name, view)
    assert_quiet(seen)
    assert_accessible(seen.page, exclude=[MENU] if view == "phone" else [])
    assert_no_overflow(seen.page)
    assert_landmarks(seen.page)
    assert_keyboard_reaches_all(seen.page)


def test_a_page_does_not_jump_when_the_menu_appears(address, visit):
    seen = opened(visit, address, "about", "light")
    assert 0 < seen.page.evaluate(SHIFT) < 0.1


def test_the_menu_of_a_phone_opens_and_has_good_manners(address, visit):
    seen = opened(visit, address, "about", "phone")
    assert seen.page.locator(MENU).bounding_box()["x"] < 0
    seen.page.get_by_test_id("stExpandSidebarButton").click()
    link = seen.page.locator(MENU).get_by_role("link", name="Network")
    link.wait_for()
    expect(seen.page.locator(MENU)).to_be_in_viewport(ratio=1)  # it has slid in
    assert_accessible(seen.page)
    link.click()
    seen.page.get_by_role("heading", name="Network", exact=True).wait_for()
