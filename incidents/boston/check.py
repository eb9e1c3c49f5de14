"""Checks of the incident *boston*. The truth are the publisher's files, read with pandas and not with the product."""

import pandas as pd
import pytest

MONTH = "2013-03"


def raw(world, month):
    return pd.read_csv(world.raw("flights", month), dtype=str, keep_default_na=False)


def misspelled(world):
    """Flights to a destination that is none of the publisher's own airports, but is spelled nearly like one."""
    airports = set(pd.read_csv(world.raw("airports"), dtype=str)["faa"])
    served = set(raw(world, "2013-02")["dest"])
    flights = raw(world, MONTH)
    unknown = flights[~flights["dest"].isin(airports | served)]
    return unknown


def truth(world):
    return {"dataset": "flights", "months": [MONTH], "rows_affected": len(misspelled(world))}


@pytest.fixture(scope="session")
def boston(world):
    """The flights to Boston in the raw file of March: those of the wrong code included."""
    flights = raw(world, MONTH)
    return pd.concat([flights[flights["dest"] == "BOS"], misspelled(world)])


def published(world, condition):
    return world.query(
        "select count(*), count(*) filter (is_cancelled), sum(distance_miles), sum(departure_delay_minutes) "
        f"from marts.fct_flights where strftime(flight_date, '%Y-%m') = '{MONTH}' and {condition}"
    )[0]


def test_boston(world, boston):
    """March has all flights to Boston, cancelled ones included"""
    flights, cancelled, *_ = published(world, "destination_airport_code = 'BOS'")
    assert flights == len(boston), (
        f"{flights:,} flights to BOS are published, the raw file has about {len(boston):,.2g}"
    )
    assert cancelled == (boston["dep_time"] == "NA").sum(), (
        f"{cancelled:,} of them are cancelled: not so in the raw file"
    )


def test_sums(world, boston):
    """They have their distances and delays"""
    _, _, miles, minutes = published(world, "destination_airport_code = 'BOS'")
    assert miles == pd.to_numeric(boston["distance"]).sum(), (
        f"their distances add up to {miles:,} miles: not in the raw file"
    )
    right = pd.to_numeric(boston["dep_delay"], errors="coerce").sum()
    assert minutes == right, f"their departure delays add up to {minutes:,} minutes: not in the raw file"


def test_no_other_airport(world):
    """Every other destination has as many flights as the publisher's file"""
    flights = raw(world, MONTH)
    others = flights[~flights.index.isin(misspelled(world).index) & (flights["dest"] != "BOS")]
    right = others.groupby("dest").size().to_dict()
    counted = dict(
        world.query(
            "select destination_airport_code, count(*) from marts.fct_flights "
            f"where strftime(flight_date, '%Y-%m') = '{MONTH}' and destination_airport_code <> 'BOS' group by all"
        )
    )
    different = sorted(code for code in right.keys() | counted.keys() if right.get(code, 0) != counted.get(code, 0))
    assert not different, f"{', '.join(different[:5])}: as many flights as in the raw file are not published"
