"""Sums, counts and last values of events, compared with a loop over all events."""

import numpy as np
import pandas as pd
import pytest

from ml.features.as_of import HOUR, Encoder, Events, Groups

#: Instants are few, so that many events and questions share one.
INSTANTS = np.arange(0, 12 * HOUR, HOUR // 2)


@pytest.fixture(scope="module")
def random_events() -> pd.DataFrame:
    """Events of three groups and of none (-1); one in ten never happened."""
    random = np.random.default_rng(4)
    happened = random.random(300) > 0.1
    known_at = pd.Series(random.choice(INSTANTS, 300)).astype("Int64").where(happened)
    return pd.DataFrame({"group": random.integers(-1, 3, 300), "known_at": known_at, "delay": np.arange(300)})


@pytest.fixture(scope="module")
def questions() -> tuple[np.ndarray, np.ndarray]:
    """Every group, one without events and none, at every instant and outside of them."""
    until = np.array([-HOUR, *INSTANTS, 1_000 * HOUR])
    groups = np.arange(-1, 4)
    return np.repeat(groups, len(until)), np.tile(until, len(groups))


@pytest.mark.parametrize("hours", [None, 1, 3])
def test_totals_and_counts(random_events, questions, hours):
    group, until = questions
    events = Events(
        random_events["group"].to_numpy(), random_events["known_at"], delay=random_events["delay"].to_numpy()
    )
    total, count = events.total("delay", group, until, hours), events.count(group, until, hours)
    for number, (one_group, instant) in enumerate(zip(group, until, strict=True)):
        delays = seen(random_events, one_group, instant, hours)["delay"]
        assert (total[number], count[number]) == (delays.sum(), len(delays))


def test_last_values_and_their_age(random_events, questions):
    group, until = questions
    events = Events(
        random_events["group"].to_numpy(), random_events["known_at"], delay=random_events["delay"].to_numpy()
    )
    delay, age = events.last("delay", group, until)
    for number, (one_group, instant) in enumerate(zip(group, until, strict=True)):
        in_order = seen(random_events, one_group, instant).sort_values("known_at", kind="stable")
        if in_order.empty:
            assert np.isnan(delay[number])
            assert np.isnan(age[number])
        else:
            last = in_order.iloc[-1]
            assert (delay[number], age[number]) == (last["delay"], (instant - last["known_at"]) / HOUR)


def seen(events: pd.DataFrame, group: int, until: int, hours: int | None = None) -> pd.DataFrame:
    since = -np.inf if hours is None else until - hours * HOUR
    happened = events[events["known_at"].notna() & (group >= 0)]
    return happened[(happened["group"] == group) & (happened["known_at"] > since) & (happened["known_at"] <= until)]


def test_without_any_event_nothing_is_known():
    events = Events(np.array([0]), pd.Series([pd.NA], dtype="Int64"), delay=np.array([7]))
    group, until = np.array([0]), np.array([HOUR])
    assert (events.total("delay", group, until), events.count(group, until)) == ([0], [0])
    assert np.isnan(events.last("delay", group, until)).all()


def test_values_that_are_missing_or_unseen_get_no_code_and_no_group():
    rows = pd.DataFrame({"airline": ["UA", "DL", "UA", None], "hour": [6, 6, 7, 7]})
    encoder = Encoder(rows, ["airline", "hour"])
    assert encoder.encode(rows)["airline"].tolist() == [0, 1, 0, -1]
    groups = Groups(encoder.encode(rows), ["airline", "hour"])
    *numbers, without_airline = groups.number(encoder.encode(rows)).tolist()
    assert len(set(numbers)) == 3
    assert min(numbers) >= 0 > without_airline
    others = pd.DataFrame({"airline": ["UA", "ZZ", "DL"], "hour": [7, 6, 7]})
    # DL is known and so is hour 7, but not together.
    assert groups.number(encoder.encode(others)).tolist() == [numbers[2], -1, -1]
