"""Adjusted shares, their intervals and the quantiles against computations of their own."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from insight.airlines import AIRLINE_DELAYS, AIRLINES, describe_delays, describe_shares

MONTH = {"first_month": "2013-01-01", "last_month": "2013-01-01"}

#: airline, airport, destination, day, arrivals, late: C flies on one of the days only, B from two airports.
FLIGHTS = [
    ("A", "EWR", "BOS", "2013-01-05", 10, 2),
    ("B", "EWR", "BOS", "2013-01-05", 30, 12),
    ("A", "EWR", "BOS", "2013-01-06", 10, 5),
    ("B", "EWR", "BOS", "2013-01-06", 10, 3),
    ("B", "JFK", "BOS", "2013-01-06", 4, 1),
    ("C", "EWR", "BOS", "2013-01-06", 5, 5),
    ("A", "EWR", "BOS", "2013-01-09", 7, 1),
    ("B", "EWR", "BOS", "2013-01-09", 9, 4),
]


@pytest.fixture
def rows(warehouse_of) -> pd.DataFrame:
    with warehouse_of(FLIGHTS) as connection:
        return AIRLINES.figure(connection, **MONTH).rows.set_index("airline_code")


def strata() -> pd.DataFrame:
    table = pd.DataFrame(FLIGHTS, columns=["airline", "airport", "to", "day", "arrived", "late"])
    cells = table.groupby(["day", "airport"])
    table["weight"] = cells["arrived"].transform("sum")
    table["excess"] = table["weight"] * (
        table["late"] / table["arrived"] - cells["late"].transform("sum") / table["weight"]
    )
    return table


def test_adjusted_shares_by_hand(warehouse_of):
    # Two airlines that fly on both days: Σ W p / Σ W with W = 40 and 20 arrivals of the two days.
    with warehouse_of(FLIGHTS[:4]) as connection:
        rows = AIRLINES.figure(connection, **MONTH).rows.set_index("airline_code")
    assert rows["late_share"].to_dict() == pytest.approx({"A": 7 / 20, "B": 15 / 40})
    assert rows["adjusted_late_share"].to_dict() == pytest.approx(
        {"A": (40 * 2 / 10 + 20 * 5 / 10) / 60, "B": (40 * 12 / 30 + 20 * 3 / 10) / 60}
    )


def test_an_airline_that_flies_on_one_day_is_compared_with_that_day(rows):
    # C: all 5 late, on a day and at an airport where 13 of 25 are; all days: 33 of 85.
    assert rows.loc["C", "adjusted_late_share"] == pytest.approx(33 / 85 + 1 - 13 / 25)
    assert np.isnan(rows.loc["C", "adjusted_low"])  # one day says nothing about how days differ
    assert rows["day_count"].to_dict() == {"A": 3, "B": 3, "C": 1}


@pytest.mark.parametrize("airline", ["A", "B"])
def test_intervals_are_those_of_least_squares_clustered_by_day(rows, airline):
    days = strata().query("airline == @airline").groupby("day")[["arrived", "late", "weight", "excess"]].sum()

    def interval(sums: pd.Series, weights: pd.Series) -> list[float]:
        model = sm.WLS((sums / weights).to_numpy(), np.ones(len(days)), weights=weights.to_numpy(dtype=float))
        fitted = model.fit(cov_type="cluster", cov_kwds={"groups": np.arange(len(days))})
        return [fitted.params[0], fitted.params[0] - 1.96 * fitted.bse[0], fitted.params[0] + 1.96 * fitted.bse[0]]

    row = rows.loc[airline]
    assert interval(days["late"], days["arrived"]) == pytest.approx(
        [row["late_share"], row["late_share_low"], row["late_share_high"]]
    )
    assert [33 / 85 + end for end in interval(days["excess"], days["weight"])] == pytest.approx(
        [row["adjusted_late_share"], row["adjusted_low"], row["adjusted_high"]]
    )


def test_shares_equal_those_of_single_flights(two_months):
    months = {"first_month": "2013-01-01", "last_month": "2013-02-01"}
    rows = AIRLINES.figure(two_months, **months).rows.set_index("airline_code")
    arrivals = two_months.execute("""
        SELECT airline_code, flight_date, origin_airport_code, is_arrival_delayed::integer AS late
        FROM marts.fct_flights WHERE arrival_delay_minutes IS NOT NULL
    """).df()  # fmt: skip
    strata = ["flight_date", "origin_airport_code"]
    own = arrivals.groupby([*strata, "airline_code"])["late"].mean().rename("own").reset_index()
    compared = own.merge(arrivals.drop(columns="airline_code"), on=strata).groupby("airline_code")
    assert len(rows) == 3
    expected = arrivals["late"].mean() + compared["own"].mean() - compared["late"].mean()
    assert rows["adjusted_late_share"].to_dict() == pytest.approx(expected.to_dict(), abs=1e-12)
    assert rows["late_share"].to_dict() == arrivals.groupby("airline_code")["late"].mean().to_dict()


def test_quantiles_by_hand(warehouse_of):
    # 20 arrivals: 15 in the bin from 0 and 5 in the bin from 20. Rank 2 is 2/15 into the first bin, rank 18 is 3/5 into
    # the second.
    with warehouse_of([("A", "EWR", "BOS", "2013-01-05", 20, 5)]) as connection:
        [row] = AIRLINE_DELAYS.figure(connection, **MONTH).rows.to_dict("records")
    assert {name: value for name, value in row.items() if name.endswith("minutes")} == pytest.approx(
        {
            "percentile_10_minutes": 5 * 2 / 15,
            "percentile_25_minutes": 5 * 5 / 15,
            "median_minutes": 5 * 10 / 15,
            "percentile_75_minutes": 5 * 15 / 15,
            "percentile_90_minutes": 20 + 5 * 3 / 5,
        }
    )


def test_quantiles_are_in_the_bin_of_the_exact_ones(two_months):
    months = {"first_month": "2013-01-01", "last_month": "2013-02-01"}
    rows = AIRLINE_DELAYS.figure(two_months, **months).rows.set_index("airline_code")
    delays = two_months.execute("SELECT airline_code, arrival_delay_minutes AS minutes FROM marts.fct_flights").df()
    assert len(rows) == 3
    for airline, of_airline in delays.dropna().groupby("airline_code"):
        assert rows.loc[airline, "arrival_count"] == len(of_airline)
        in_order = sorted(of_airline["minutes"])
        for level, column in ((10, "percentile_10_minutes"), (50, "median_minutes"), (90, "percentile_90_minutes")):
            exact = in_order[-(-level * len(in_order) // 100) - 1]
            start = 5 * (exact // 5)
            assert start <= rows.loc[airline, column] <= start + 5


def shares(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({"airline_name": ["Delta", "Envoy"], "overall_late_share": 0.25, **columns})


def test_the_text_of_the_shares():
    rows = shares(
        arrival_count=[1_000, 200],
        late_share=[0.2, 0.3],
        adjusted_late_share=[0.19, 0.31],
        adjusted_low=[0.18, 0.28],
        adjusted_high=[0.2, 0.34],
    )
    delta = "Delta: 19.0 % (95 % interval 18.0 % to 20.0 %), as counted 20.0 %."
    assert describe_shares(rows) == (
        "Dot plot of the adjusted late share of 2 airlines; of all arrivals 25.0 % are late. "
        f"{delta} Envoy: 31.0 % (95 % interval 28.0 % to 34.0 %), as counted 30.0 %."
    )
    assert describe_shares(rows.assign(arrival_count=[100, 99])) == (
        f"Dot plot of the adjusted late share of 1 airline; of all arrivals 25.0 % are late. {delta}"
    )
    assert describe_shares(rows.head(0)) == "No airline has 100 arrivals in these months."


def test_the_text_of_the_delays():
    rows = shares(
        arrival_count=[1_000, 200],
        percentile_10_minutes=[-20.4, -10.0],
        median_minutes=[-5.2, 1.0],
        percentile_90_minutes=[40.0, 60.0],
    )
    assert describe_delays(rows) == (
        "Arrival delays of 2 airlines. Median: from -5 minutes (Delta) to 1 minute (Envoy). The middle 80 % of "
        "arrivals is widest for Envoy: from -10 minutes to 60 minutes."
    )
    assert describe_delays(rows.head(0)) == "No airline has 100 arrivals in these months."
