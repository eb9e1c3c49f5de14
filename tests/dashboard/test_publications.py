"""A dashboard that is open in a browser follows publications and rollbacks."""

from collections.abc import Iterator

import pytest

from ontime import warehouse
from tests.browser import Visit
from tests.dashboard import made
from tests.dashboard.running import RunningDashboard, opened, running_dashboard

pytestmark = pytest.mark.more

#: A page must show a new publication within this time; it looks for one every ten seconds.
FOLLOWS_SECONDS = 20


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
