from datetime import date, timedelta

import pandas as pd
import pytest

from ml.features import build, catalog


def utc(text):
    return pd.Timestamp(text, tz="UTC") if text else None


def minutes_between(scheduled, actual):
    return None if actual is None else int((actual - scheduled).total_seconds() // 60)


def flight(key, day, airline, number, origin, destination, departure, arrived, is_delayed, departed=None, tail=None):
    """A flight in January 2013, scheduled to take two hours. Times are UTC; local is UTC-5, at arrival UTC-6."""
    scheduled = utc(f"2013-01-0{day} {departure}")
    arrival = scheduled + pd.Timedelta(hours=2)
    return {
        "flight_key": key,
        "flight_date": date(2013, 1, day),
        "airline_code": airline,
        "flight_number": number,
        "tail_number": tail,
        "origin_airport_code": origin,
        "destination_airport_code": destination,
        "scheduled_departure_local_at": scheduled.tz_localize(None) - pd.Timedelta(hours=5),
        "scheduled_arrival_local_at": arrival.tz_localize(None) - pd.Timedelta(hours=6),
        "scheduled_departure_at": scheduled,
        "scheduled_arrival_at": arrival,
        "departed_at": utc(departed),
        "arrived_at": utc(arrived),
        "departure_delay_minutes": minutes_between(scheduled, utc(departed)),
        "arrival_delay_minutes": minutes_between(arrival, utc(arrived)),
        "distance_miles": 719,
        "is_arrival_delayed": is_delayed,
    }


def frame(*flights):
    minutes = dict.fromkeys(("departure_delay_minutes", "arrival_delay_minutes"), "Int32")
    instants = dict.fromkeys(("departed_at", "arrived_at"), "datetime64[us, UTC]")
    return pd.DataFrame(flights).astype({"is_arrival_delayed": "boolean", "tail_number": str} | minutes | instants)


@pytest.fixture
def built(warehouse_file):
    table = frame(
        flight("monday", 2, "UA", 1, "EWR", "ORD", "15:00", None, None),
        flight("first", 1, "UA", 1, "EWR", "ORD", "15:00", "2013-01-01 17:20", True),
        flight("elsewhere", 1, "DL", 2, "JFK", "ATL", "16:00", "2013-01-01 18:00", False),
        flight("at the cut", 1, "UA", 9, "EWR", "ORD", "15:30", "2013-01-02 13:00", True),
        flight("after the cut", 1, "UA", 7, "EWR", "BOS", "15:10", "2013-01-02 13:01", True),
    )
    return build.build(warehouse_file(table)).set_index("flight_key")


def test_every_flight_has_one_row_in_order_of_scheduled_departure(built):
    assert list(built.index) == ["first", "after the cut", "at the cut", "elsewhere", "monday"]
    assert list(built.columns) == ["flight_date", "is_arrival_delayed", *catalog.NAMES]


def test_schedule_features_by_hand(built):
    assert built.loc["at the cut", catalog.NAMES[:10]].to_dict() == {
        "airline_code": "UA",
        "origin_airport_code": "EWR",
        "destination_airport_code": "ORD",
        "scheduled_departure_hour": 10,
        "day_of_week_iso": 2,
        "scheduled_departure_minute_of_day": 10 * 60 + 30,
        "scheduled_arrival_minute_of_day": 11 * 60 + 30,
        "scheduled_duration_minutes": 120,
        "distance_miles": 719,
        "origin_departures_scheduled_in_hour": 3,
    }
    assert built["origin_departures_scheduled_in_hour"].to_list() == [3, 3, 3, 1, 1]


def test_climatology_uses_only_arrivals_at_or_before_the_cut(built):
    # Three arrivals were known at 13:00 on the 2nd, and two of them were delayed: both UA's from EWR at 10 o'clock.
    assert built.loc["monday", "origin_airline_hour_excess_delay_share"] == pytest.approx((2 - 2 * 2 / 3) / (2 + 50))
    assert built.loc["monday", "flight_excess_delay_share"] == pytest.approx((1 - 1 * 2 / 3) / (1 + 50))


def test_before_the_first_arrival_climatology_is_zero_and_last_delays_are_missing(built):
    climatology = [name for name in catalog.NAMES if name.endswith("excess_delay_share")]
    assert (built.loc[["first", "after the cut", "elsewhere"], climatology] == 0).all(axis=None)
    assert built.loc["first", ["aircraft_arrival_delay_minutes", "flight_last_arrival_delay_minutes"]].isna().all()


@pytest.fixture
def busy_morning(warehouse_file):
    """The features of a flight that leaves at 15:00, so its cut is at 13:00, after a morning with other flights."""
    table = frame(
        flight("this flight", 2, "UA", 1, "EWR", "ORD", "15:00", None, None, tail="N1"),
        # left exactly at the cut, 40 minutes late; the next one left an hour and a minute earlier, 10 minutes early
        flight("at the cut", 2, "UA", 2, "EWR", "BOS", "12:20", None, None, "2013-01-02 13:00", "N2"),
        flight("early", 2, "DL", 3, "EWR", "ATL", "12:09", None, None, "2013-01-02 11:59", "N3"),
        # left a minute after the cut, so at the cut it was 30 minutes overdue
        flight("just after", 2, "UA", 4, "EWR", "ORD", "12:30", None, None, "2013-01-02 13:01", "N4"),
        # cancelled: at the cut the wait of four hours from 8:59 is over, the one from 9:01 is not
        flight("given up", 2, "UA", 5, "EWR", "ORD", "08:59", None, None),
        flight("still waiting", 2, "DL", 6, "EWR", "ORD", "09:01", None, None),
        # at another airport
        flight("elsewhere", 2, "UA", 7, "JFK", "ORD", "12:00", None, None, "2013-01-02 12:50", "N5"),
        # the aircraft's last flight, five hours late, which counts as four
        flight("yesterday", 1, "B6", 8, "LGA", "MCO", "15:00", "2013-01-01 22:00", True, "2013-01-01 20:00", "N1"),
        flight("before that", 1, "B6", 9, "LGA", "MCO", "05:00", "2013-01-01 07:00", False, "2013-01-01 05:00", "N1"),
    )
    return build.build(warehouse_file(table)).set_index("flight_key").loc["this flight"]


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("origin_departure_delay_minutes_last_1h", 40 / (1 + 2)),  # "at the cut", but not "early"
        ("origin_departure_delay_minutes_last_3h", (40 - 10) / (2 + 2)),
        ("origin_airline_departure_delay_minutes_last_3h", 40 / (1 + 2)),
        ("airline_departure_delay_minutes_last_3h", (40 + 50) / (2 + 2)),  # UA from JFK too
        ("destination_departure_delay_minutes_last_3h", 50 / (1 + 2)),
        ("origin_flights_waiting", 2),  # "just after" and "still waiting"
        ("origin_waiting_minutes", (30 + 239) / 2),
        ("origin_airline_flights_waiting", 1),
        ("destination_flights_waiting", 2),
        ("aircraft_departure_delay_minutes", 240),
        ("aircraft_departure_age_hours", 17),
        ("aircraft_arrival_delay_minutes", 240),
        ("aircraft_arrival_age_hours", 15),
    ],
)
def test_recent_operations_by_hand(busy_morning, feature, expected):
    assert busy_morning[feature] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("departure", "hour_seen"),
    [
        pytest.param("15:00", 12, id="at a cut of 13:00 the hour from 12 has just ended"),
        pytest.param("14:59", 11, id="at a cut of 12:59 it has not ended"),
        pytest.param("15:59", 12, id="at a cut of 13:59 the hour from 13 has not ended"),
    ],
)
def test_the_weather_of_an_hour_is_used_only_after_it_has_ended(warehouse_file, departure, hour_seen):
    hours = pd.date_range("2013-01-02 00:00", periods=24, freq="h", tz="UTC")
    weather = pd.DataFrame({"airport_code": "EWR", "observed_at": hours})
    for name in catalog.WEATHER:
        weather[name] = weather["observed_at"].dt.hour ** 2.0
    table = frame(flight("this flight", 2, "UA", 1, "EWR", "ORD", departure, None, None))
    [row] = build.build(warehouse_file(table, weather)).to_dict("records")
    assert row["origin_visibility_kilometers"] == hour_seen**2
    assert row["origin_pressure_hectopascals_change_3h"] == hour_seen**2 - (hour_seen - 3) ** 2


def features_before_and_after_corruption(flights, weather, warehouse_file, horizon):
    """The features, the features after everything that became known after an instant was made wrong, and a mask.

    The mask is True for flights whose two-hour cut is at or before the instant.
    """
    instant = pd.Timestamp("2013-03-10 17:00", tz="UTC")
    truth = build.build(warehouse_file(flights, weather), horizon)
    corrupted, later_weather = flights.copy(), weather.copy()
    for what in ("departed", "arrived"):
        later = ~(corrupted[f"{what}_at"] <= instant)
        corrupted.loc[later, f"{what}_at"] = instant + pd.Timedelta(seconds=1)
        corrupted.loc[later, {"departed": "departure", "arrived": "arrival"}[what] + "_delay_minutes"] = 77
    corrupted.loc[later, "is_arrival_delayed"] = ~corrupted.loc[later, "is_arrival_delayed"].fillna(False)
    not_over = later_weather["observed_at"] + pd.Timedelta(hours=1) > instant
    later_weather.loc[not_over, list(catalog.WEATHER)] = -1.0
    wrong = build.build(warehouse_file(corrupted, later_weather), horizon)
    cut = flights.set_index("flight_key")["scheduled_departure_at"] - catalog.PREDICTION_HORIZON
    is_past = (cut <= instant)[truth["flight_key"]].to_numpy()
    return truth[catalog.NAMES], wrong[catalog.NAMES], is_past


def test_events_after_the_cut_do_not_change_a_bit(flights, weather, warehouse_file):
    truth, wrong, is_past = features_before_and_after_corruption(
        flights, weather, warehouse_file, catalog.PREDICTION_HORIZON
    )
    assert 0 < is_past.sum() < len(is_past)
    pd.testing.assert_frame_equal(truth[is_past], wrong[is_past], check_exact=True)
    # The corruption is strong enough: in later flights it shows in every feature that is not the schedule.
    changed = truth[~is_past].compare(wrong[~is_past]).columns.get_level_values(0)
    assert set(changed) == {f.name for f in catalog.FEATURES if f.availability != catalog.Availability.SCHEDULE}


def test_the_corruption_catches_features_that_look_twelve_hours_ahead(flights, weather, warehouse_file):
    truth, wrong, is_past = features_before_and_after_corruption(flights, weather, warehouse_file, -timedelta(hours=12))
    assert not truth[is_past].equals(wrong[is_past])


def test_the_same_flights_give_the_same_features_in_any_order(flights, weather, warehouse_file):
    shuffled = flights.sample(frac=1, random_state=1), weather.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(build.build(warehouse_file(flights, weather)), build.build(warehouse_file(*shuffled)))
