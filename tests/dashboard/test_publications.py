"""An open dashboard follows publications and rollbacks, and serves eight people at once in little memory."""

import itertools
import time
from collections.abc import Iterator

import psutil
import pytest

from ontime import warehouse
from tests.browser import Visit
from tests.dashboard import made
from tests.dashboard.running import RunningDashboard, opened, running_dashboard

pytestmark = pytest.mark.more

#: A page must show a new publication within this time; it looks for one every ten seconds.
FOLLOWS_SECONDS = 20
USERS = 8
MEMORY_BYTES = 350 * 2**20
#: How long the eight people click, and the part of it after which memory must no longer grow.
CLICKING_SECONDS, WARM_SECONDS = 60, 30
PAGES = ("Network", "Airlines", "A day", "SQL", "Operations", "Data quality", "About", "Overview")


@pytest.fixture
def dashboard(one_month, data_dir, tmp_path) -> Iterator[RunningDashboard]:
    """The dashboard, with January 2013 published."""
    with running_dashboard(data_dir, tmp_path / "dashboard.log") as running:
        yield running


def wait_for_version(seen: Visit, version: warehouse.Version) -> None:
    """Wait until the footer names a version and the page's script has ended."""
    footer = seen.page.get_by_text(f"Warehouse version {version.version}")
    footer.wait_for(timeout=1000 * FOLLOWS_SECONDS)
    seen.page.get_by_test_id("stStatusWidget").wait_for(state="detached")


def test_an_open_page_follows_a_publication_and_a_rollback(dashboard, one_month, visit):
    seen = opened(visit, dashboard.address, "overview")
    wait_for_version(seen, one_month)
    assert f"{31 * made.FLIGHTS_PER_DAY:,}" in seen.text

    later = made.publish_flights(last="2013-02-28")
    wait_for_version(seen, later)
    assert f"{59 * made.FLIGHTS_PER_DAY:,}" in seen.text
    assert "2013-01 – 2013-02" in seen.text

    warehouse.rollback()
    wait_for_version(seen, one_month)
    assert f"{31 * made.FLIGHTS_PER_DAY:,}" in seen.text
    assert "2013-02" not in seen.text
    assert (seen.errors, seen.external) == ([], [])


def test_eight_people_at_once_see_no_error_and_memory_stays_flat(dashboard, visit):
    users = [opened(visit, dashboard.address, "overview") for _ in range(USERS)]
    process = psutil.Process(dashboard.pid)
    warm, start = 0, time.monotonic()
    for turn in itertools.count():
        for number, seen in enumerate(users):
            page = PAGES[(turn + number) % len(PAGES)]
            link = seen.page.get_by_test_id("stSidebar").get_by_role("link", name=page, exact=True)
            link.click()
            seen.page.locator("h1").first.wait_for()
            assert seen.page.get_by_test_id("stException").count() == 0, seen.text
            assert "cannot be read" not in seen.text and "built by earlier code" not in seen.text
        elapsed = time.monotonic() - start
        if not warm and elapsed > WARM_SECONDS:
            warm = process.memory_info().rss
        if warm and elapsed > CLICKING_SECONDS:
            break
    end = process.memory_info().rss
    assert turn >= 2, "Every person has seen several pages."
    assert end < 1.1 * warm, f"from {warm / 2**20:.0f} to {end / 2**20:.0f} MiB"
    assert end < MEMORY_BYTES, f"{end / 2**20:.0f} MiB"
    for seen in users:
        assert (seen.errors, seen.external) == ([], [])
