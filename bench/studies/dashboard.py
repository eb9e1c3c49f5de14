"""The speed of the dashboard and of the site in a real browser, on what is published and on ten national years.

*Cold*: the server has not made these figures yet, or the browser has nothing of the page. *Warm*: it has.
"""

import re
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import duckdb
from playwright.sync_api import Browser

from bench.studies import ROOT, decade, page, people, service
from bench.studies.browser import CHARTS, chromium, person
from bench.studies.measure import cost
from bench.studies.programs import environment, ontime
from insight import published
from insight.day import MEASURES
from insight.figure import QUERIES_DIR
from insight.model import SCORES
from ontime import warehouse
from ontime.settings import settings

TABLE_HEAD = """\
| measure | n | p50 | p95 | goal | result |
| --- | ---: | ---: | ---: | ---: | --- |
"""
USERS = 8
SITE_BUILDS = 3
#: Pages with a slider of months: the figures that change with it.
SLIDER_PAGES = ("network", "airlines")
SHIFTS = """
    window.shift = 0
    new PerformanceObserver(list => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value
    }).observe({type: 'layout-shift', buffered: true})
    new PerformanceObserver(list => { window.paint = list.getEntries().at(-1).startTime })
        .observe({type: 'largest-contentful-paint', buffered: true})
"""
BYTES = """
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .reduce((sum, one) => sum + one.transferSize, 0)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table. The goal is a limit for the 95th percentile; ``unit`` is ``ms``, ``s``, ``MB`` or none."""

    name: str
    values: Sequence[float]
    goal: float
    unit: str = ""

    @property
    def p95(self) -> float:
        if len(self.values) == 1:
            return self.values[0]
        return statistics.quantiles(self.values, n=20, method="inclusive")[-1]

    @property
    def line(self) -> str:
        p50, p95, goal = (_text(value, self.unit) for value in (statistics.median(self.values), self.p95, self.goal))
        result = "" if self.p95 <= self.goal else "**missed**"
        return f"| {self.name} | {len(self.values)} | {p50} | {p95} | ≤ {goal} | {result} |\n"


def run(repeats: int, seconds: float) -> None:
    """Measure everything, print each line and write the table to the page. Raises what :func:`measure` raises."""
    rows = []
    for row in measure(repeats, seconds):
        print(row.line, end="", flush=True)
        rows.append(row)
    page.write("dashboard", table(rows), "streamlit", "altair", "duckdb", "playwright")


def table(rows: Sequence[Row]) -> str:
    """One line per measure, in Markdown."""
    return TABLE_HEAD + "".join(row.line for row in rows)


def measure(repeats: int, seconds: float) -> Iterator[Row]:
    """Each measure ``repeats`` times; people click for some seconds.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication, and
    :class:`bench.studies.browser.NoBrowser`.
    """
    real = warehouse.current()
    if real is None:
        raise warehouse.NothingPublished("Nothing has been published: run `make demo` first.")
    path = real.path  # it depends on the data directory, which changes below
    with chromium() as browser:
        yield from _site(browser, repeats)
        yield from _of_data(browser, "the year", repeats, 0.8)
        with service.running("dashboard") as (address, pid):
            clicking = people.click(browser, address, pid, USERS, seconds)
        if clicking.problems:
            raise RuntimeError("\n".join(clicking.problems))
        name = f"memory with {USERS} people, {seconds / 60:.0f} minutes, {clicking.clicks:,} clicks"
        yield Row(name, [one / 2**20 for one in clicking.memory], 350, "MiB")
        yield Row("the same, second quarter of the time to the last", [clicking.growth], 1.05, "×")
        settings.data_dir = ROOT / "decade"
        if warehouse.current() is None:
            decade.publish(path)
        yield from _of_data(browser, "ten national years", repeats, 1.5)


def _of_data(browser: Browser, name: str, repeats: int, goal: float) -> Iterator[Row]:
    """The rows for what is published in the data directory; ``goal``: seconds of an interaction."""
    yield from _sql(name, repeats)
    with service.running("dashboard") as (address, _):
        yield from _first_charts(browser, address, name, repeats)
        for one in SLIDER_PAGES:
            yield from _interactions(browser, f"{address}/{one}", f"{one}, {name}", repeats, goal)


# -- queries ---------------------------------------------------------------------------
def _sql(name: str, repeats: int) -> Iterator[Row]:
    """The slowest of all queries of the figures, on a new connection and on one that has run it before."""
    versions = published.current()
    queries = {
        path.stem: path.read_text() for path in sorted(QUERIES_DIR.glob("*.sql")) if _is_possible(path, versions)
    }
    warm = published.connect(versions)
    choices = [_choices(warm, number) for number in range(repeats)]
    times: dict[str, dict[str, list[float]]] = {"cold": {}, "warm": {}}
    for query, sql in queries.items():
        names = set(re.findall(r"\$(\w+)", sql))
        chosen = [{name: one[name] for name in names} for one in choices]
        times["cold"][query] = []
        for one in chosen:
            with published.connect(versions) as connection:
                times["cold"][query].append(_milliseconds(connection, sql, one))
        _milliseconds(warm, sql, chosen[0])
        times["warm"][query] = [_milliseconds(warm, sql, one) for one in chosen]
    for state, by_query in times.items():
        slowest = max((Row(query, values, 50, "ms") for query, values in by_query.items()), key=lambda row: row.p95)
        yield Row(f"slowest of {len(queries)} queries, {name}, {state}: `{slowest.name}`", slowest.values, 50, "ms")


def _is_possible(path: Any, versions: published.Published) -> bool:
    sql = path.read_text()
    return all(
        version is not None or f"{name}." not in sql.replace("marts.", "") for name, version in vars(versions).items()
    )


def _choices(connection: duckdb.DuckDBPyConnection, number: int) -> dict[str, Any]:
    """Values of all parameters; other ones for each number."""
    months = connection.execute("SELECT DISTINCT month_start_date FROM marts.agg_route_airline_monthly ORDER BY 1")
    starts = [month for (month,) in months.fetchall()]
    airports = connection.execute(
        "SELECT DISTINCT origin_airport_code FROM marts.agg_flights_daily ORDER BY 1"
    ).fetchall()
    first, last = sorted((starts[number % len(starts)], starts[-1 - (number // 2) % len(starts)]))
    measures, scores = list(MEASURES), list(SCORES)
    return {
        "airport": airports[number % len(airports)][0],
        "first_month": str(first),
        "last_month": str(last),
        "day": last.replace(day=1 + number % 28),
        "year": last.year,
        "measure": measures[number % len(measures)],
        "part": "test",
        "dimension": ("airline", "origin", "hour")[number % 3],
        "score": scores[number % len(scores)],
        "features": 12,
    }


def _milliseconds(connection: duckdb.DuckDBPyConnection, sql: str, choices: dict[str, Any]) -> float:
    start = time.perf_counter()
    connection.execute(sql, choices or None).df()
    return 1000 * (time.perf_counter() - start)


# -- the dashboard in a browser --------------------------------------------------------
def _first_charts(browser: Browser, address: str, name: str, repeats: int) -> Iterator[Row]:
    """The time to the first chart of the page Network, and how much moves until the page has settled."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": []}
    shifts = []
    for _ in range(repeats):
        one = person(browser)
        one.page.add_init_script(SHIFTS)
        for values in seconds.values():
            one.page.goto(f"{address}/network")
            one.page.locator(f"{CHARTS} :is(svg, canvas)").first.wait_for()
            values.append(one.page.evaluate("performance.now()") / 1000)
        one.settle()
        shifts.append(one.page.evaluate("shift"))
        one.page.context.close()
    for state, values in seconds.items():
        yield Row(f"first chart, {name}, {state}", values, 4, "s")
    yield Row(f"layout shift, {name}", shifts, 0.1)


def _interactions(browser: Browser, address: str, name: str, repeats: int, goal: float) -> Iterator[Row]:
    """A handle of the slider of months is moved by one: the time until the last chart is drawn."""
    one = person(browser)
    one.open(address)
    handles = one.page.locator(people.SLIDER)
    months = int(handles.first.get_attribute("max") or 0) + 1
    cold = [one.change(handles.nth(handle), key) for handle, key in moves(months, repeats)]
    keys = ["ArrowRight", "ArrowLeft"] * (repeats // 2 + 1)
    keys[:0] = ["ArrowLeft"]  # there and back: between the last range and the one before
    warm = [one.change(handles.last, key) for key in keys[: repeats + 2]][2:]
    one.page.context.close()
    yield Row(f"interaction: {name}, cold", cold, goal, "s")
    yield Row(f"interaction: {name}, warm", warm, goal, "s")


def moves(months: int, count: int) -> list[tuple[int, str]]:
    """Moves of the two handles, each to a range of months that was not shown before: the handle (0, 1) and the key.

    The right handle goes to the left and back again; at each end, the left handle moves first.
    """
    left, right, step, result = 0, months - 1, -1, list[tuple[int, str]]()
    while len(result) < count:
        if left + 2 <= right + step < months:
            right += step
            result.append((1, "ArrowLeft" if step < 0 else "ArrowRight"))
        else:
            left, step = left + 1, -step
            result.append((0, "ArrowRight"))
    return result


# -- the site --------------------------------------------------------------------------
def _site(browser: Browser, repeats: int) -> Iterator[Row]:
    """The time of a build; the first page's largest contentful paint, layout shift and bytes, without a cache."""
    builds = [cost(ontime("site", "build"), environment()).wall_seconds for _ in range(SITE_BUILDS)]
    yield Row("building the site", builds, 10, "s")
    seen = []
    with _served() as address:
        for _ in range(repeats):
            one = person(browser)
            one.page.add_init_script(SHIFTS)
            one.page.goto(address)
            one.page.wait_for_load_state("networkidle")
            seen.append((one.page.evaluate("paint"), one.page.evaluate("shift"), one.page.evaluate(BYTES) / 1e6))
            one.page.context.close()
    paints, shifts, sizes = zip(*seen, strict=True)
    yield Row("site's first page: largest contentful paint", paints, 1000, "ms")
    yield Row("site's first page: layout shift", shifts, 0.1)
    yield Row("site's first page: size", sizes, 1, "MB")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served() -> Iterator[str]:
    """The address of the built site on a server of its own."""
    handler = partial(_Quiet, directory=str(settings.site_dir.resolve()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _text(value: float, unit: str) -> str:
    digits = {"ms": 0, "MiB": 0}.get(unit, 2)
    return f"{value:,.{digits}f} {unit}".strip()
