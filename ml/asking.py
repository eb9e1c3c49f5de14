"""Asks the champion about one flight: the probability, and what raises and lowers it.

The champion answers in a process of its own (:mod:`ml.answering`), because its libraries and the history of all
flights take 400 MB. The process ends when nobody has asked for some minutes, and starts again with the next question.
A question is an Arrow stream with one row, an answer a line of JSON.
"""

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter

from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
from ml.scoring import OtherFeatures
from ontime.settings import settings
from ontime.warehouse import DamagedVersion, NothingPublished

#: The process ends after the first time without a question, or if an answer takes longer than the second time.
IDLE_SECONDS, ANSWER_SECONDS = 300, 120

#: The schedule of one published flight.
_PUBLISHED = """
    SELECT flight_date, airline_code, flight_number, tail_number, origin_airport_code, destination_airport_code,
        scheduled_departure_local_at, scheduled_arrival_local_at, scheduled_departure_at, scheduled_arrival_at,
        distance_miles
    FROM marts.fct_flights WHERE flight_key = ?
"""
#: The median scheduled duration of each route, in seconds.
_DURATIONS = """
    SELECT origin_airport_code, destination_airport_code,
        median(epoch(scheduled_arrival_at) - epoch(scheduled_departure_at))
    FROM marts.fct_flights GROUP BY ALL
"""


@dataclass(frozen=True)
class Reason:
    """What one feature adds to the raw score; above 0 it makes a delay more likely. ``value``: the flight's."""

    feature: str
    description: str
    value: float | str | None
    contribution: float


@dataclass(frozen=True)
class Answer:
    """The champion's answer about one flight.

    ``probability`` is ``1 / (1 + exp(-raw_score))``, and the raw score is ``start`` plus the contributions of all
    ``reasons``, the largest first. The reasons are empty if the champion's kind of model has no contributions.
    """

    probability: float
    raw_score: float
    start: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer: the name of one of :data:`REFUSALS`, and its message."""

    kind: str
    message: str


class NoAnswer(RuntimeError):
    """The process that answers ended before it did; its log, which is that of this process, says why."""


#: What the process that answers may raise, by name.
REFUSALS: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (ArtifactTampered, UntrustedArtifact, OtherFeatures, NothingPublished, DamagedVersion)
}
REPLY: TypeAdapter[Answer | Refusal] = TypeAdapter(Answer | Refusal)


class Asking:
    """The champion with one published warehouse. Starting it takes seconds, an answer then a fraction of one.

    It starts at once, in the background. Threads may share it.
    """

    def __init__(self, warehouse_version: str) -> None:
        self._version = warehouse_version
        self._lock = threading.RLock()
        self._process = self._start()

    def answer(self, scheduled: pa.Table) -> Answer:
        """The answer for the one flight in ``scheduled``, as :meth:`ml.schedule.Schedule.table` returns it.

        Raises :class:`NoAnswer`, and those of :data:`REFUSALS` for a champion or a warehouse that cannot be used.
        """
        with self._lock:
            reply = self._ask(scheduled)
            if reply is None:  # it had nothing to do for a while, or was killed
                self.close()
                self._process = self._start()
                reply = self._ask(scheduled)
        if reply is None:
            raise NoAnswer("The champion's process ended before it answered.")
        if isinstance(reply, Refusal):
            raise REFUSALS[reply.kind](reply.message)
        return reply

    def close(self) -> None:
        """End the process. The next question starts it again."""
        self._process.kill()  # a thread that waits for an answer then stops waiting
        with self._lock:
            self._process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ml.answering", self._version]
        environment = settings.environment_with(settings.as_environment())
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _ask(self, scheduled: pa.Table) -> Answer | Refusal | None:
        """The reply, or None if the process ended before it wrote one."""
        assert self._process.stdin and self._process.stdout  # noqa: S101 -- both are pipes
        if self._process.stdin.closed:
            return None
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, scheduled.schema) as stream:
            stream.write_table(scheduled)
        try:
            self._process.stdin.write(sink.getvalue())
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        line = self._process.stdout.readline()
        return REPLY.validate_json(line) if line.endswith(b"\n") else None


def published_flight(connection: duckdb.DuckDBPyConnection, flight_key: str) -> pa.Table | None:
    """The schedule of a flight in the published warehouse; None if it has no flight with this key."""
    flight = connection.sql(_PUBLISHED, params=[flight_key]).to_arrow_table()
    return flight if len(flight) else None


def durations(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float]:
    """The median scheduled duration of a route in seconds, by origin and destination."""
    rows: list[Any] = connection.execute(_DURATIONS).fetchall()
    return {(origin, destination): seconds for origin, destination, seconds in rows}
