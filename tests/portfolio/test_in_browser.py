"""The site in Chromium with the network cut: every kind of page in every view, with and without scripts."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import VIEWS, assert_good_manners, assert_quiet

pytestmark = pytest.mark.more

PAGES = (
    "index.html",
    "model.html",
    "pipeline.html",
    "proof.html",
    "opinion.html",
    "labs.html",
    "datasets/flights.html",
    "docs/index.html",
    "docs/reference/faults.html",
    "docs/reference/performance.html",
)

#: Largest contentful paint in milliseconds, layout shift, and bytes of everything that the page has loaded.
MEASURE = """
async () => {
  const entries = (type) => new Promise((done) => {
    const seen = [];
    new PerformanceObserver((list) => seen.push(...list.getEntries())).observe({ type, buffered: true });
    setTimeout(() => done(seen), 500);
  });
  const [paints, shifts] = await Promise.all([entries("largest-contentful-paint"), entries("layout-shift")]);
  const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {
    paint: Math.max(...paints.map((one) => one.startTime)),
    shift: shifts.reduce((sum, one) => sum + one.value, 0),
    bytes: loaded.reduce((sum, one) => sum + one.transferSize, 0),
  };
}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(built_data) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str((built_data / "site").resolve())))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_good_manners_in_every_view(visit, address, page, view):
    assert_good_manners(visit(f"{address}/{page}", view))


def test_without_scripts_the_story_is_complete(visit, address):
    seen = visit(f"{address}/index.html", java_script_enabled=False)
    assert seen.page.locator("figure img").count() == seen.page.locator("figure").count() >= 4
    assert "Leave early." in seen.text
    seen.page.get_by_text("SQL · as a table").first.click()
    assert seen.page.locator("figure table").first.is_visible()


def test_opened_as_a_file_it_works_too(visit, built):
    seen = visit((built.resolve() / "index.html").as_uri())
    seen.page.get_by_role("button", name="Interactive: When to leave").click()
    seen.page.locator(".drawn svg").wait_for()
    assert_quiet(seen)


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
def test_a_chart_becomes_interactive_on_request(visit, address, view):
    seen = visit(f"{address}/index.html", view)
    assert not any("vega" in request for request in seen.requests)
    for button in seen.page.get_by_role("button", name="Interactive").all()[::-1]:
        button.click()
    figures = seen.page.locator("figure").count()
    seen.page.wait_for_function("count => document.querySelectorAll('.drawn svg').length === count", arg=figures)
    assert_good_manners(seen)


def test_the_faults_can_be_searched(visit, address):
    seen = visit(f"{address}/docs/reference/faults.html")
    rows = seen.page.locator("tbody tr")
    everything = rows.count()
    seen.page.get_by_label("Search the faults").fill("gzip cut short")
    shown = [row for row in rows.all() if row.is_visible()]
    assert ["gzip cut short" in row.inner_text() for row in shown] == [True] * len(shown)
    assert seen.page.locator("output").inner_text() == f"{len(shown)} of {everything}"
    assert 0 < len(shown) < everything


def test_the_first_page_is_light_and_stays_in_place(visit, address):
    measured = visit(f"{address}/index.html").page.evaluate(MEASURE)
    assert measured["bytes"] <= 1_000_000
    assert measured["shift"] < 0.1
    assert measured["paint"] < 1000
