"""The report's answers about pedestrians, on made-up months whose figures are computed by hand."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.flights import NotEnoughData
from analysis.footfall import own_changes, read_footfall, recovery
from analysis.report import render
from ontime import warehouse
from tests.analysis.test_report import text_of

VERSION = warehouse.Version("ontime", "v1", "0" * 64, 1, "2013-04-01T00:00:00+00:00", {})
COLUMNS = ("month", "sensor_name", "hour_count", "people_per_hour", "change_factor", "city_change_factor", "own_score")


def footfall(*rows: tuple, city: str = "", sensor: str = "") -> pd.DataFrame:
    """Months of sensors. ``city`` and ``sensor`` are the month that is unusual for the city or for its sensors."""
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(month=lambda table: pd.to_datetime(table["month"]))
    is_usual = {"city_score": 1.0, "is_city_unusual": frame["month"] == city}
    return frame.assign(**is_usual, is_sensor_unusual=frame["month"] == sensor)


#: Two sensors. April 2020 is 20 + 10 people of 200 + 100, and May of 2020 lacks the second, which has too few hours.
TWO_YEARS = footfall(
    ("2019-04", "45 Queen Street", 720, 200.0, np.nan, np.nan, np.nan),
    ("2019-04", "2 High Street", 720, 100.0, np.nan, np.nan, np.nan),
    ("2019-05", "45 Queen Street", 744, 100.0, 0.5, 0.75, -1.0),
    ("2019-05", "2 High Street", 744, 100.0, 1.0, 0.75, 1.0),
    ("2020-04", "45 Queen Street", 720, 20.0, np.nan, np.nan, np.nan),
    ("2020-04", "2 High Street", 720, 10.0, np.nan, np.nan, np.nan),
    ("2020-05", "45 Queen Street", 744, 60.0, 3.0, 3.0, 0.5),
    ("2020-05", "2 High Street", 335, 5.0, np.nan, np.nan, np.nan),
    city="2020-05",
)
CAMERAS = footfall(
    ("2025-02", "205 Queen Street", 672, 10.0, np.nan, np.nan, np.nan),
    ("2025-03", "205 Queen Street", 744, 10.0, 1.2, 1.0, 1.5),
    ("2025-03", "45 Queen Street", 744, 30.0, 1.6, 1.0, 8.8),
    ("2025-04", "205 Queen Street", 720, 10.0, 1.0, 1.0, 0.0),
    sensor="2025-03",
)


def test_the_city_compared_with_the_first_year():
    result = recovery(TWO_YEARS)
    assert result.first_year == 2019
    assert result.shares.to_dict() == {pd.Timestamp("2020-04-01"): 30 / 300, pd.Timestamp("2020-05-01"): 60 / 100}
    assert result.years == {2020: (20 + 10 + 60) / (200 + 100 + 100)}
    assert (result.busiest, result.lowest_at_busiest) == ("45 Queen Street", 20 / 200)
    assert [(month.month, month.factor) for month in result.unusual] == [("May 2020", 3.0)]


def test_sensors_compared_with_the_city():
    result = own_changes(CAMERAS)
    assert result.compared == 3
    expected = [
        ("March 2025", "45 Queen Street", 1.6, 8.8, False),
        ("March 2025", "205 Queen Street", 1.2, 1.5, True),
    ]

    def values(changes):
        return [(one.month, one.sensor, one.factor, one.score, one.has_new_camera) for one in changes]

    assert values(result.of_the_cameras) == expected
    assert values(result.unusual) == expected[::-1]


@pytest.mark.parametrize(
    ("analyse", "rows", "message"),
    [
        pytest.param(recovery, TWO_YEARS[:4], "the same month of two years", id="one year"),
        pytest.param(recovery, TWO_YEARS.assign(hour_count=335), "the same month of two years", id="few hours"),
        pytest.param(own_changes, CAMERAS[:1], "two months that follow each other", id="one month"),
    ],
)
def test_too_few_months(analyse, rows, message):
    with pytest.raises(NotEnoughData, match=message):
        analyse(rows)


@pytest.fixture
def page(made):
    flights = made((5, {"flight_date": "2013-01-01"}))
    return lambda footfall=None: render(flights, VERSION, footfall)


def test_the_report_answers_both_questions(page):
    text = text_of(page(TWO_YEARS))
    assert "Compared with the same months of 2019, 22 % as many people passed in 2020" in text
    assert (
        "The lowest month was April 2020 with 10 %; at 45 Queen Street, the busiest sensor of 2019, it was 10 %."
        in text
    )
    assert "May 2020 3.00 +1.0" in text
    assert "Of 3 changes from month to month, 0 are unusual." in text
    text = text_of(page(CAMERAS))
    assert "replaced on 5 March 2025. Of these, 205 Queen Street changed most: 1.20 times the city's change." in text
    assert "The highest change of that month is 1.60, at 45 Queen Street, which the publisher does not name." in text
    assert "March 2025 205 Queen Street (new camera) 1.20 +1.5" in text
    assert "A comparison needs the same month of two years." in text


def test_without_pedestrians_the_report_does_not_mention_them(page):
    assert "Pedestrians" not in page()
    assert page(TWO_YEARS).count("<img ") == page().count("<img ") + 2


MARTS = """
    create schema marts;
    create table marts.agg_footfall_monthly as
    select date '2025-03-01' as month_start_date, '2 High Street' as sensor_name, 4 as hour_count,
        10::bigint as pedestrian_count_sum;
    create table marts.fct_footfall_changes as
    select month_start_date, sensor_name, 2.0::double as change_factor, 1.0::double as city_change_factor,
        1.0::double as city_score, 4.0::double as own_score, false as is_city_unusual, true as is_sensor_unusual
    from marts.agg_footfall_monthly
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param("", (2.5, 4.0, True), id="published"),
        pytest.param("delete from marts.fct_footfall_changes", (2.5, None, False), id="no month before"),
        pytest.param("delete from marts.agg_footfall_monthly", None, id="not arrived"),
        pytest.param("drop table marts.fct_footfall_changes", None, id="no such mart"),
    ],
)
def test_what_is_read_from_the_warehouse(tmp_path, change, expected):
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(f"{MARTS}; {change}")
    rows = read_footfall(tmp_path / "a.duckdb")
    if expected is None:
        assert rows is None
    else:
        [row] = rows.replace({np.nan: None}).to_dict("records")
        assert (row["people_per_hour"], row["own_score"], row["is_sensor_unusual"]) == expected
