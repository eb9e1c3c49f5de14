"""What a person does on the pages in a real browser, with the mouse and with the keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.browser import Visit, assert_quiet
from tests.dashboard import made
from tests.dashboard.running import opened, running_dashboard

pytestmark = pytest.mark.more


@pytest.fixture(scope="module")
def address(module_data_dir, tmp_path_factory) -> Iterator[str]:
    """The dashboard of two months; no prediction is published."""
    made.publish_flights(last="2013-02-28")
    with running_dashboard(module_data_dir, tmp_path_factory.mktemp("dashboard") / "dashboard.log") as running:
        yield running.address


def settle(page: Page) -> None:
    """Wait until the page's script has ended."""
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")


def mark(seen: Visit, words: str) -> Locator:
    """The mark of a chart whose text for people who cannot see it has these words."""
    return seen.page.locator(f'[role="graphics-symbol"][aria-label*="{words}"]').first


def heading(seen: Visit, words: str) -> Locator:
    return seen.page.get_by_role("heading", name=words, exact=True)


def test_a_click_in_the_calendar_opens_a_day_and_the_address_keeps_it(address, visit):
    seen = opened(visit, address, "day?day=2013-01-06")
    heading(seen, "Sunday, 6 January 2013").wait_for()
    for day, words in (("2013-02-12", "Tuesday, 12 February 2013"), ("2013-01-31", "Thursday, 31 January 2013")):
        mark(seen, f"Day: {day}").click()
        heading(seen, words).wait_for()
        seen.page.wait_for_url(re.compile(rf"/day\?day={day}$"))
        settle(seen.page)
    assert_quiet(seen)
    again = opened(visit, address, seen.page.url.removeprefix(f"{address}/"))
    heading(again, "Thursday, 31 January 2013").wait_for()


def test_a_second_click_on_a_day_counts_too(address, visit):
    seen = opened(visit, address, "day?day=2013-01-06")
    mark(seen, "Day: 2013-02-13").click()
    heading(seen, "Wednesday, 13 February 2013").wait_for()
    settle(seen.page)
    next_day_by_keyboard(seen.page)
    heading(seen, "Thursday, 14 February 2013").wait_for()
    settle(seen.page)
    mark(seen, "Day: 2013-02-13").click()
    heading(seen, "Wednesday, 13 February 2013").wait_for()


def test_a_click_on_the_map_shows_the_line_of_a_place_and_the_address_keeps_it(address, visit):
    seen = opened(visit, address, "network?airport=JFK")
    mark(seen, "Code: BOS").click()
    # 59 days × 3 airlines
    route = "John F Kennedy Intl to General Edward Lawrence Logan Intl (BOS): 177 flights"
    seen.page.get_by_text(route).wait_for()
    seen.page.wait_for_url(re.compile("airport=JFK.*to=BOS|to=BOS.*airport=JFK"))
    settle(seen.page)
    assert_quiet(seen)
    opened(visit, address, seen.page.url.removeprefix(f"{address}/")).page.get_by_text(route).wait_for()


def test_a_day_and_a_destination_by_keyboard_alone(address, visit):
    seen = opened(visit, address, "network?airport=JFK")
    reach(seen.page, "Destination")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        seen.page.keyboard.press(key)
    seen.page.wait_for_url("**to=*")
    seen.page.get_by_text("John F Kennedy Intl to ").first.wait_for()
    seen = opened(visit, address, "day?day=2013-01-06")
    next_day_by_keyboard(seen.page)
    heading(seen, "Monday, 7 January 2013").wait_for()
    seen.page.wait_for_url("**day=2013-01-07*")


def next_day_by_keyboard(page: Page) -> None:
    """In the field Day, the arrow up chooses the next day; it counts when the focus leaves the field."""
    page.evaluate("document.activeElement.blur()")
    reach(page, "day, Day")
    for key in ("ArrowUp", "Tab", "Tab"):
        page.keyboard.press(key)


def reach(page: Page, label: str) -> None:
    """Press Tab until an element has the focus whose name contains this label. The page may still be loading."""
    page.locator(f"[aria-label*='{label}']").first.wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label') || ''")
        if label in name:
            return
    raise AssertionError(f"Tab does not reach {label}")
