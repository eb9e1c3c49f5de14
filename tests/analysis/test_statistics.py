"""Each statistic, on few enough flights to count by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.airlines import airlines, corrected
from analysis.flights import NotEnoughData
from analysis.hours import hours
from analysis.odds import odds
from analysis.propagation import propagation
from analysis.rain import rain

#: On equal days a model has no error, and statsmodels warns about it.
pytestmark = pytest.mark.filterwarnings("ignore:Perfect separation")

RAIN, LATE = {"precipitation_millimeters": 1.5}, {"arrival_delay_minutes": 40.0}


@pytest.fixture(scope="module")
def rainy(made, days) -> pd.DataFrame:
    """Ten days, each with ten flights in rain, three of them 40 minutes late, and ten in dry weather, one late."""
    return made(
        *[
            (count, {"flight_date": day} | weather | delay)
            for day in days(10)
            for count, weather, delay in ((3, RAIN, LATE), (7, RAIN, {}), (1, {}, LATE), (9, {}, {}))
        ]
    )


@pytest.fixture(scope="module")
def alike(made, days) -> pd.DataFrame:
    """Twenty days of 40 flights; it rains on half of the days. All flights of a day have the same outcome."""
    return made(
        *[
            (40, {"flight_date": day} | (RAIN if number % 2 else {}) | (LATE if number % 5 in (0, 3, 4) else {}))
            for number, day in enumerate(days(20))
        ]
    )


# -- rain --------------------------------------------------------------------------
def test_the_effect_of_rain_equals_the_counts(rainy):
    result = rain(rainy)
    assert (result.flights_in_rain, result.flights_dry, result.days_with_rain) == (100, 100, 10)
    assert (result.late_share_in_rain, result.late_share_dry) == pytest.approx((0.3, 0.1))
    # Means of 12 and 4 minutes; sums of squares of 33,600 and 14,400 over 198 degrees of freedom.
    expected = [20.0, 3.0, 8.0, 8 / math.sqrt(48_000 / 198)]
    assert [effect.by_day.estimate for effect in result.effects] == pytest.approx(expected)
    assert [effect.naive.estimate for effect in result.effects] == pytest.approx(expected)


def test_equal_days_give_an_interval_by_day_without_width(rainy):
    # Any sample of equal days gives the same figures; samples of single flights differ.
    for effect in rain(rainy).effects:
        assert effect.by_day.width == pytest.approx(0, abs=1e-9)
        assert effect.naive.width > 0.3


def test_the_naive_interval_is_too_narrow_if_flights_of_a_day_are_alike(alike):
    difference = rain(alike).effects[0]
    assert difference.by_day.low < difference.naive.low < difference.naive.high < difference.by_day.high
    # The 40 flights of a day carry the information of one.
    assert difference.design_effect == pytest.approx(40, rel=0.2)


def test_the_same_flights_give_the_same_intervals(alike):
    assert rain(alike) == rain(alike)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda flights: flights.assign(precipitation_millimeters=0.0), "It never rained"),
        (lambda flights: flights.assign(precipitation_millimeters=1.0), "It always rained"),
        (lambda flights: flights.assign(precipitation_millimeters=np.nan), "cover 0 days"),
        (lambda flights: flights[flights["flight_date"] < "2013-03-10"], "cover 9 days"),
        (lambda flights: flights.assign(is_arrival_delayed=np.nan), "cover 0 days"),
    ],
    ids=["a month without rain", "rain in every hour", "no weather", "too few days", "nothing arrived"],
)
def test_rain_that_cannot_be_compared_raises_with_the_reason(rainy, change, message):
    with pytest.raises(NotEnoughData, match=message):
        rain(change(rainy))


# -- airlines ----------------------------------------------------------------------
def test_holm_and_benjamini_hochberg_on_known_p_values():
    p_values = [0.01, 0.04, 0.03, 0.005]
    # Sorted .005 .01 .03 .04, times 4 3 2 1, never below the previous one.
    assert corrected(p_values, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # Times 4/1 4/2 4/3 4/4, never above the next one.
    assert corrected(p_values, "fdr_bh") == pytest.approx([0.02, 0.04, 0.04, 0.02])


@pytest.fixture(scope="module")
def three_airlines(made, days) -> pd.DataFrame:
    """UA has 10 flights a day, one of them late on every other day; B6 has 20 with 1 to 9 late; OO has one flight."""
    rows = [(1, {"airline_code": "OO", "airline_name": None})]
    for number, day in enumerate(days(14)):
        late_ua, late_b6 = number % 2, 1 + number % 9
        blue = {"flight_date": day, "airline_code": "B6", "airline_name": "JetBlue"}
        rows += [(late_ua, {"flight_date": day} | LATE), (10 - late_ua, {"flight_date": day})]
        rows += [(late_b6, blue | LATE), (20 - late_b6, blue)]
    return made(*rows)


def test_an_airline_is_compared_with_all_others_and_errors_are_clustered_by_day(three_airlines):
    result = airlines(three_airlines)
    assert [row.code for row in result.airlines] == ["UA", "B6"]
    assert result.too_few == ("OO",)
    united = result.airlines[0]
    assert (united.name, united.flights, united.late_share) == ("United", 140, 0.05)
    # 7 of 140, against 60 of 280 and OO's one punctual flight.
    assert united.difference.estimate == pytest.approx(100 * (7 / 140 - 60 / 281))
    # The cluster-robust variance (Liang & Zeger 1986) from single flights, with the usual small-sample factor.
    late, own = three_airlines["is_arrival_delayed"].to_numpy(), (three_airlines["airline_code"] == "UA").to_numpy()
    residual = late - np.where(own, late[own].mean(), late[~own].mean())
    score = np.where(own, residual / own.sum(), -residual / (~own).sum())
    variance = (pd.Series(score).groupby(three_airlines["flight_date"]).sum() ** 2).sum()
    cells = three_airlines.groupby(["flight_date", "airline_code"]).ngroups
    error = 100 * math.sqrt(variance * 14 / 13 * (cells - 1) / (cells - 2))
    # 2.160 is the 97.5 % quantile of Student's t with 13 degrees of freedom.
    assert united.difference.width / 2 == pytest.approx(2.160 * error, rel=1e-3)
    assert united.p_value < united.holm < 0.05


def test_one_airline_alone_cannot_be_compared(rainy):
    with pytest.raises(NotEnoughData, match=r"needs two airlines.*the data has UA"):
        airlines(rainy)


# -- odds --------------------------------------------------------------------------
def test_the_odds_ratio_of_a_two_by_two_table_is_the_cross_product(rainy):
    result = odds(rainy)
    [ratio] = result.ratios
    assert (ratio.factor, ratio.level, ratio.reference, ratio.flights) == ("rain", "yes", "no", 100)
    # 30 late and 70 not in rain, 10 and 90 in dry weather.
    expected = 30 * 90 / (70 * 10)
    assert ratio.by_day.estimate == pytest.approx(expected)
    # Woolf's interval.
    error = math.sqrt(1 / 30 + 1 / 70 + 1 / 10 + 1 / 90)
    assert ratio.naive.low == pytest.approx(expected * math.exp(-1.95996 * error), rel=1e-5)
    assert ratio.naive.high == pytest.approx(expected * math.exp(1.95996 * error), rel=1e-5)


def test_odds_of_an_airline_are_adjusted_for_rain(made, days):
    # Both airlines are late half the time in rain and a tenth of the time in dry weather; B6 flies more in rain.
    blue = {"airline_code": "B6"}
    per_day = [
        (4, blue | RAIN | LATE), (4, blue | RAIN), (1, RAIN | LATE), (1, RAIN),
        (1, blue | LATE), (9, blue), (4, LATE), (36, {}),
    ]  # fmt: skip
    flights = made(*[(count, {"flight_date": day} | columns) for day in days(10) for count, columns in per_day])
    late = flights["is_arrival_delayed"].groupby(flights["airline_code"]).mean()
    assert late["B6"] > 2 * late["UA"]
    ratios = {ratio.factor: ratio for ratio in odds(flights).ratios}
    assert (ratios["airline"].level, ratios["airline"].reference) == ("B6", "UA")
    assert ratios["airline"].by_day.estimate == pytest.approx(1)
    assert ratios["rain"].by_day.estimate == pytest.approx(1 / (1 / 9))


def test_odds_have_wider_intervals_by_day_if_flights_of_a_day_are_alike(alike):
    [ratio] = odds(alike).ratios
    assert ratio.by_day.low < ratio.naive.low < ratio.naive.high < ratio.by_day.high


def test_levels_without_finite_odds_are_left_out_and_named(rainy, made, days):
    rare = made((1, {"airline_code": "OO"}))
    never_late = made(*[(20, {"flight_date": day, "airline_code": "HA"}) for day in days(10)])
    no_weather = made((5, {"precipitation_millimeters": None}))
    result = odds(pd.concat([rainy, rare, never_late, no_weather], ignore_index=True))
    assert result.left_out == ("airline HA", "airline OO")
    assert (result.flights, result.without_weather) == (200, 5)
    assert [ratio.factor for ratio in result.ratios] == ["rain"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda flights: flights.assign(precipitation_millimeters=0.0), "Every flight has the same"),
        (
            lambda flights: flights.assign(airline_code=np.where(flights["precipitation_millimeters"] > 0, "UA", "B6")),
            "only occurs together",
        ),
        (lambda flights: flights.assign(is_arrival_delayed=0.0), "late ones among them"),
        (lambda flights: flights.assign(visibility_kilometers=np.nan), "cover 0 days"),
    ],
    ids=["nothing varies", "one airline flies in all the rain and no other", "nothing was late", "no weather"],
)
def test_odds_that_cannot_be_estimated_raise_with_the_reason(rainy, change, message):
    with pytest.raises(NotEnoughData, match=message):
        odds(change(rainy))


def test_infinite_odds_raise(made, days):
    # B6 is always late in rain and UA never in dry weather; otherwise half of their flights are late.
    blue = {"airline_code": "B6"}
    per_day = [(6, blue | RAIN | LATE), (3, RAIN), (3, RAIN | LATE), (3, blue), (3, blue | LATE), (6, {})]
    with pytest.raises(NotEnoughData, match="always late, or never"):
        odds(made(*[(count, {"flight_date": day} | columns) for day in days(10) for count, columns in per_day]))


# -- hours -------------------------------------------------------------------------
def test_late_shares_are_counted_by_hour_and_their_slope_is_exact(made, days):
    # 1, 2 and 4 of 10 flights are late at 8, 9 and 10 o'clock; 23 o'clock has too few flights.
    per_day = [(1, 8, LATE), (9, 8, {}), (2, 9, LATE), (8, 9, {}), (4, 10, LATE), (6, 10, {}), (1, 23, LATE)]
    flights = made(
        *[
            (count, {"flight_date": day, "scheduled_departure_hour": hour} | delay)
            for day in days(10)
            for count, hour, delay in per_day
        ]
    )
    result = hours(flights)
    assert [(hour.hour, hour.flights) for hour in result.hours] == [(8, 100), (9, 100), (10, 100)]
    assert [hour.late_share.estimate for hour in result.hours] == pytest.approx([0.1, 0.2, 0.4])
    assert [hour.mean_arrival_delay_minutes for hour in result.hours] == pytest.approx([4, 8, 16])
    # Σ(h − 9)(share) / Σ(h − 9)² = (−0.1 + 0.4) / 2
    assert result.points_per_hour.estimate == pytest.approx(15)
    assert result.points_per_hour.width == pytest.approx(0, abs=1e-9)


def test_one_hour_alone_cannot_be_compared(rainy):
    with pytest.raises(NotEnoughData, match="two hours"):
        hours(rainy)


# -- propagation -------------------------------------------------------------------
def test_the_fitted_line_is_the_one_the_flights_lie_on(made, days):
    flights = made(
        *[
            (
                5,
                {
                    "flight_date": day,
                    "distance_miles": distance,
                    "departure_delay_minutes": departure,
                    "arrival_delay_minutes": slope * departure - 5,
                },
            )
            for day in days(10)
            for distance, slope in ((300, 1.0), (2_500, 0.5))
            for departure in (0.0, 20.0, 40.0)
        ]
    )
    result = propagation(flights)
    assert [(line.name, line.flights) for line in result.by_distance] == [
        ("under 500 miles", 150),
        ("2,000 miles and more", 150),
    ]
    assert [line.slope.estimate for line in result.by_distance] == pytest.approx([1.0, 0.5])
    assert [line.minutes_on_time.estimate for line in result.by_distance] == pytest.approx([-5, -5])
    assert [line.r_squared for line in result.by_distance] == pytest.approx([1, 1])
    assert result.all_flights.slope.estimate == pytest.approx(0.75)
    assert 0 < result.all_flights.r_squared < 1
    # Of flights that left 20 or 40 minutes late, the long ones arrive 5 and 15 late, the short ones 15 and 35.
    assert (result.left_late, result.recovered_share, result.caught_share) == (200, 0.25, 0)


def test_the_interval_of_the_slope_is_wider_if_days_differ(made, days):
    flights = made(
        *[
            (
                30,
                {
                    "flight_date": day,
                    "departure_delay_minutes": departure,
                    "arrival_delay_minutes": departure * (0.5 if number % 2 else 1.0) + number % 3,
                },
            )
            for number, day in enumerate(days(20))
            for departure in (0.0, 30.0, 60.0)
        ]
    )
    line = propagation(flights).all_flights
    assert line.slope.estimate == pytest.approx(0.75)
    assert line.slope.width > 2 * line.naive_slope.width


def test_flights_without_departure_delays_raise(rainy):
    with pytest.raises(NotEnoughData, match="no delay to follow"):
        propagation(rainy)
