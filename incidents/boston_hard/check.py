"""Checks of the incident *boston_hard*. The truth are the publisher's files, read with pandas."""

import numpy as np
import pandas as pd
import pytest

MONTH = "2013-03"
EARTH_RADIUS_MILES = 3958.8


def raw(world, month):
    return pd.read_csv(world.raw("flights", month), dtype=str, keep_default_na=False)


def wrong_airport(world):
    """Flights whose reported distance is far from the distance between their two airports."""
    airports = pd.read_csv(world.raw("airports"), na_values="NA").set_index("faa")[["lat", "lon"]]
    flights = raw(world, MONTH)
    positions = flights.join(airports, on="origin").join(airports, on="dest", rsuffix="_dest").dropna(subset="lat_dest")
    lat, lon, lat_dest, lon_dest = (np.radians(positions[name]) for name in ("lat", "lon", "lat_dest", "lon_dest"))
    half = np.sin((lat_dest - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat_dest) * np.sin((lon_dest - lon) / 2) ** 2
    apart = 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(half))
    return positions[(pd.to_numeric(positions["distance"]) - apart).abs() > 100]


def truth(world):
    return {"dataset": "flights", "months": [MONTH], "rows_affected": len(wrong_airport(world))}


@pytest.fixture(scope="session")
def boston(world):
    """The flights to Boston in the raw file of March: those of the wrong code included."""
    flights = raw(world, MONTH)
    return pd.concat([flights[flights["dest"] == "BOS"], flights.loc[wrong_airport(world).index]])


def test_boston(world, boston):
    """March has all flights to Boston"""
    flights = world.query(
        f"select count(*) from marts.fct_flights where strftime(flight_date, '%Y-%m') = '{MONTH}' "
        "and destination_airport_code = 'BOS'"
    )[0][0]
    assert flights == len(boston), (
        f"{flights:,} flights to BOS are published, the raw file has about {len(boston):,.2g}"
    )


def test_every_flight(world):
    """March has every flight of the publisher's file, none in quarantine for its destination"""
    flights = world.query(f"select count(*) from marts.fct_flights where strftime(flight_date, '%Y-%m') = '{MONTH}'")[
        0
    ][0]
    right = len(raw(world, MONTH))
    assert flights > right * 0.9995, f"{flights:,} flights of March are published: {right - flights:,} are missing"


def test_durations(world):
    """Flights to Boston are planned to last as long as in February"""
    rows = dict(
        world.query(
            "select strftime(flight_date, '%Y-%m') as month, "
            "max(date_diff('minute', scheduled_departure_at, scheduled_arrival_at)) "
            "from marts.fct_flights where distance_miles between 180 and 205 group by month"
        )
    )
    february, march = rows["2013-02"], rows.get(MONTH, 0)
    assert march <= february + 30, f"the longest is planned for {march} minutes in March, for {february} in February"
