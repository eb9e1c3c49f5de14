"""The latency of the prediction service: requests for published flights over loopback, for a limited time."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import duckdb
import httpx

from bench.studies import page, service
from ontime import warehouse

#: Concurrent clients, and flights per request.
LOADS = ((1, 1), (4, 1), (16, 1), (1, 100))
TABLE_HEAD = """\
| clients | flights a request | requests | p50, ms | p95, ms | requests/s | flights/s |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
_FLIGHTS = """
    SELECT
        airline_code, flight_number, tail_number, origin_airport_code, destination_airport_code,
        strftime(scheduled_departure_local_at, '%Y-%m-%dT%H:%M:%S') AS scheduled_departure_local_at,
        strftime(scheduled_arrival_local_at, '%Y-%m-%dT%H:%M:%S') AS scheduled_arrival_local_at
    FROM marts.fct_flights
    USING SAMPLE 2000 ROWS (reservoir, 1)
"""


@dataclass(frozen=True)
class Load:
    """The result of one kind of load; ``latencies`` are the seconds of each request."""

    clients: int
    flights: int
    latencies: Sequence[float]
    wall_seconds: float

    @property
    def row(self) -> str:
        p50, p95 = (1000 * statistics.quantiles(self.latencies, n=100)[percent - 1] for percent in (50, 95))
        rate = len(self.latencies) / self.wall_seconds
        cells = (self.clients, self.flights, len(self.latencies), f"{p50:.0f}", f"{p95:.0f}", f"{rate:.1f}")
        return f"| {' | '.join(map(str, cells))} | {rate * self.flights:,.0f} |\n"


def run(max_requests: int, max_seconds: float) -> None:
    """Measure the service on the published files, and write to the page. Raises what :func:`measure` raises."""
    page.write("serving", table(measure(max_requests, max_seconds)), "fastapi", "uvicorn", "pandas", "lightgbm")


def measure(max_requests: int, max_seconds: float) -> list[Load]:
    """Start the service on the published files and put each load on it.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication, and ``httpx.HTTPStatusError``.
    """
    published = warehouse.current()
    if published is None:
        raise warehouse.NothingPublished("Nothing has been published: run `make demo` first.")
    with duckdb.connect(str(published.path), read_only=True) as connection:
        flights = connection.sql(_FLIGHTS).to_arrow_table().to_pylist()
    with service.running("serving") as (url, _):
        asyncio.run(_load(url, flights, 1, 1, 20, max_seconds))  # warm-up
        return [asyncio.run(_load(url, flights, clients, count, max_requests, max_seconds)) for clients, count in LOADS]


def table(loads: Sequence[Load]) -> str:
    """One line per load, in Markdown."""
    return TABLE_HEAD + "".join(load.row for load in loads)


async def _load(
    url: str, flights: Sequence[dict[str, Any]], clients: int, count: int, max_requests: int, max_seconds: float
) -> Load:
    numbers, source, latencies = iter(range(max_requests)), cycle(flights), list[float]()
    started = time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:

        async def send_requests() -> None:
            for _ in numbers:
                sent_at = time.perf_counter()
                if sent_at - started > max_seconds:
                    return
                answer = await client.post("/predict", json={"flights": list(islice(source, count))})
                answer.raise_for_status()
                latencies.append(time.perf_counter() - sent_at)

        await asyncio.gather(*(send_requests() for _ in range(clients)))
    return Load(clients, count, latencies, time.perf_counter() - started)
