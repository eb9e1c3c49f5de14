from datetime import date, timedelta

import pandas as pd
import pytest

from ontime.model import features

OUTCOME_COLUMNS = {"arrived_at", "is_arrival_delayed"}


def flight(key, day, airline, number, origin, destination, departure, arrived, is_delayed):
    """A flight of January 2013 planned to take two hours; times are UTC, local is UTC-5."""
    departure = pd.Timestamp(f"2013-01-0{day} {departure}")
    arrival = departure + pd.Timedelta(hours=2)
    return {
        "flight_key": key,
        "flight_date": date(2013, 1, day),
        "airline_code": airline,
        "flight_number": number,
        "origin_airport_code": origin,
        "destination_airport_code": destination,
        "scheduled_departure_local_at": departure - pd.Timedelta(hours=5),
        "scheduled_arrival_local_at": arrival - pd.Timedelta(hours=6),
        "scheduled_departure_at": departure.tz_localize("UTC"),
        "scheduled_arrival_at": arrival.tz_localize("UTC"),
        "arrived_at": pd.Timestamp(arrived, tz="UTC") if arrived else None,
        "distance_miles": 719,
        "is_arrival_delayed": is_delayed,
    }


@pytest.fixture
def built(warehouse_file):
    table = pd.DataFrame(
        [
            flight("monday", 2, "UA", 1, "EWR", "ORD", "15:00", None, None),
            flight("first", 1, "UA", 1, "EWR", "ORD", "15:00", "2013-01-01 17:20", True),
            flight("elsewhere", 1, "DL", 2, "JFK", "ATL", "16:00", "2013-01-01 18:00", False),
            flight("at the cut", 1, "UA", 9, "EWR", "ORD", "15:30", "2013-01-02 13:00", True),
            flight("after the cut", 1, "UA", 7, "EWR", "BOS", "15:10", "2013-01-02 13:01", True),
        ]
    ).astype({"is_arrival_delayed": "boolean"})
    return features.build(warehouse_file(table)).set_index("flight_key")


def test_every_flight_has_one_row_in_order_of_departure(built):
    assert list(built.index) == ["first", "after the cut", "at the cut", "elsewhere", "monday"]
    assert list(built.columns) == ["flight_date", "is_arrival_delayed", *features.NAMES]


def test_schedule_features(built):
    assert built.loc["at the cut", features.NAMES[:10]].to_dict() == {
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


def test_history_counts_arrivals_at_or_before_the_cut_only(built):
    # Known at 13:00 on the 2nd: three arrivals, two of them delayed; two of UA's from EWR at 10, both delayed.
    assert built.loc["monday", "origin_airline_hour_excess_delay_share"] == pytest.approx((2 - 2 * 2 / 3) / (2 + 50))
    assert built.loc["monday", "flight_excess_delay_share"] == pytest.approx((1 - 1 * 2 / 3) / (1 + 50))


def test_nothing_is_known_before_the_first_arrival(built):
    history = [feature.name for feature in features.FEATURES if feature.availability != features.Availability.SCHEDULE]
    assert (built.loc[["first", "after the cut", "elsewhere"], history] == 0).all(axis=None)


def known_before_and_after_corruption(flights, warehouse_file, horizon):
    """Features of the flights whose two-hour cut is at or before an instant, and the same with
    every outcome that became known after that instant made wrong."""
    instant = pd.Timestamp("2013-03-10 17:00", tz="UTC")
    truth = features.build(warehouse_file(flights), horizon)
    corrupted = flights.copy()
    later = ~(corrupted["arrived_at"] <= instant)
    corrupted.loc[later, "is_arrival_delayed"] = ~corrupted.loc[later, "is_arrival_delayed"].fillna(False)
    corrupted.loc[later, "arrived_at"] = instant + pd.Timedelta(seconds=1)
    wrong = features.build(warehouse_file(corrupted), horizon)
    cut = flights.set_index("flight_key")["scheduled_departure_at"] - features.PREDICTION_HORIZON
    is_past = (cut <= instant)[truth["flight_key"]].to_numpy()
    return truth[features.NAMES], wrong[features.NAMES], is_past


def test_no_outcome_after_the_cut_changes_a_bit(flights, warehouse_file):
    truth, wrong, is_past = known_before_and_after_corruption(flights, warehouse_file, features.PREDICTION_HORIZON)
    assert 0 < is_past.sum() < len(is_past)
    pd.testing.assert_frame_equal(truth[is_past], wrong[is_past], check_exact=True)
    assert not truth[~is_past].equals(wrong[~is_past]), "the corruption must show in later flights"


def test_a_planted_look_ahead_is_caught(flights, warehouse_file):
    truth, wrong, is_past = known_before_and_after_corruption(flights, warehouse_file, -timedelta(hours=12))
    assert not truth[is_past].equals(wrong[is_past])


def test_the_same_flights_give_the_same_features_in_any_order(flights, warehouse_file):
    shuffled = flights.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(features.build(warehouse_file(flights)), features.build(warehouse_file(shuffled)))


def test_a_feature_is_not_an_outcome():
    assert not OUTCOME_COLUMNS & set(features.NAMES)
    assert len(set(features.NAMES)) == len(features.NAMES) == len(features.CATEGORICAL) + len(features.NUMERIC)
