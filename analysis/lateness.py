"""How late is late: how arrival delays are distributed, by airline, and by hour and day of the week."""

from dataclasses import dataclass

import pandas as pd

from analysis.flights import FEWEST_FLIGHTS, NotEnoughData, completed

#: Minutes from which the report counts flights. The first is the limit of "late".
LEVELS = (15, 30, 60, 120, 180)
LONG_DELAY = 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Level:
    """The flights that arrived ``minutes`` late or more.

    ``share``: of all flights that arrived. ``minutes_share``: of all minutes that flights arrived after their schedule.
    """

    minutes: int
    flights: int
    share: float
    minutes_share: float


@dataclass(frozen=True)
class AirlineDelays:
    """Arrival delays of one airline in minutes; ``delays`` counts its flights by delay."""

    name: str
    flights: int
    late_share: float
    median: float
    ninth_decile: float
    delays: pd.Series


@dataclass(frozen=True)
class Slot:
    """The flights scheduled to depart in one local hour of one day of the week."""

    weekday: str
    hour: int
    flights: int
    late_share: float


@dataclass(frozen=True)
class Lateness:
    """Arrival delays of the flights that arrived.

    ``scheduled`` = ``arrived`` + ``cancelled`` + ``diverted``. ``delays``: flights by delay in minutes; early ones have
    a negative delay, and ``early_share`` is their share. ``late_median``: of the late flights. ``airlines``, the least
    late first, and ``slots`` have at least ``FEWEST_FLIGHTS`` flights.
    """

    scheduled: int
    cancelled: int
    diverted: int
    arrived: int
    early_share: float
    median: float
    late_median: float
    levels: tuple[Level, ...]
    delays: pd.Series
    airlines: tuple[AirlineDelays, ...]
    slots: tuple[Slot, ...]


def lateness(flights: pd.DataFrame) -> Lateness:
    """The distribution of arrival delays. Raises :class:`NotEnoughData` if no flight was late, or too few arrived."""
    arrived = completed(flights)
    delay = arrived["arrival_delay_minutes"]
    late = delay[arrived["is_arrival_delayed"] == 1]
    airlines, slots = _airlines(arrived), _slots(arrived)
    if late.empty:
        raise NotEnoughData("No flight was late: there is nothing to divide.")
    if not airlines or not slots:
        raise NotEnoughData(f"No airline, or no hour of a day of the week, has {FEWEST_FLIGHTS} flights that arrived.")
    cancelled = int(flights["is_cancelled"].sum())
    return Lateness(
        scheduled=len(flights),
        cancelled=cancelled,
        diverted=len(flights) - len(arrived) - cancelled,
        arrived=len(arrived),
        early_share=float((delay < 0).mean()),
        median=float(delay.median()),
        late_median=float(late.median()),
        levels=tuple(_level(delay, minutes) for minutes in LEVELS),
        delays=delay.value_counts().sort_index(),
        airlines=airlines,
        slots=slots,
    )


def _level(delay: pd.Series, minutes: int) -> Level:
    reached = delay >= minutes
    minutes_share = delay[reached].sum() / delay[delay > 0].sum()
    return Level(minutes, int(reached.sum()), float(reached.mean()), float(minutes_share))


def _airlines(arrived: pd.DataFrame) -> tuple[AirlineDelays, ...]:
    rows = []
    for code, flights in arrived.groupby("airline_code", observed=True):
        if len(flights) >= FEWEST_FLIGHTS:
            delay = flights["arrival_delay_minutes"]
            row = AirlineDelays(
                flights["airline_name"].iloc[0] or str(code),
                len(flights),
                float(flights["is_arrival_delayed"].mean()),
                float(delay.median()),
                float(delay.quantile(0.9)),
                delay.value_counts().sort_index(),
            )
            rows.append(row)
    return tuple(sorted(rows, key=lambda row: row.late_share))


def _slots(arrived: pd.DataFrame) -> tuple[Slot, ...]:
    keys = [arrived["flight_date"].dt.weekday.rename("weekday"), arrived["scheduled_departure_hour"].rename("hour")]
    groups = arrived.groupby(keys)["is_arrival_delayed"].agg(flights="count", late_share="mean")
    enough = groups[groups["flights"] >= FEWEST_FLIGHTS].reset_index()
    return tuple(
        Slot(WEEKDAYS[row.weekday], int(row.hour), int(row.flights), float(row.late_share))
        for row in enough.itertuples(index=False)
    )
