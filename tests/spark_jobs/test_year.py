"""The whole embedded year of flights against instants derived without Spark: pandas, from the raw files."""

from datetime import timedelta

import pandas as pd
import pyarrow.dataset
import pytest

from ontime import lake
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.publisher import download
from spark_jobs import partitions

MONTHS = months_between("2013-01", "2013-12")
KEY = ["flight_date", "airline_code", "flight_number", "origin_airport_code"]
INSTANTS = ["scheduled_departure_at", "departed_at", "scheduled_arrival_at", "arrived_at"]


@pytest.fixture(scope="module")
def year(spark, tmp_path_factory):
    """A lake with the cleaned year."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("year"))
        for dataset in ("airports", "airlines"):
            download(dataset, [lake.ALL])
            partitions.clean(dataset, [lake.ALL], lambda: spark)
        download("flights", MONTHS)
        partitions.clean("flights", MONTHS, lambda: spark)
        yield


def to_utc(local: pd.Series, zone: pd.Series) -> pd.Series:
    parts = [
        # before a gap's end an hour is added to the clock, as its offset is the one before the gap
        part.dt.tz_localize(name, ambiguous=[True] * len(part), nonexistent=pd.Timedelta("1h")).dt.tz_convert("UTC")
        for name, part in local.groupby(zone)
    ]
    return pd.concat(parts).sort_index()


def to_local(instant: pd.Series, zone: pd.Series) -> pd.Series:
    parts = [part.dt.tz_convert(name).dt.tz_localize(None) for name, part in instant.groupby(zone)]
    return pd.concat(parts).sort_index()


def minutes(hhmm: pd.Series) -> pd.Series:
    return pd.to_timedelta(hhmm // 100 * 60 + hhmm % 100, unit="min")


@pytest.fixture(scope="module")
def expected(year) -> pd.DataFrame:
    """The year's instants in pandas."""
    raw = pd.concat([pd.read_csv(lake.current_raw("flights", month).path) for month in MONTHS], ignore_index=True)
    airports = pd.read_csv(lake.current_raw("airports", lake.ALL).path).set_index("faa")["tzone"]
    supplement = pd.read_csv(settings.airport_supplement).set_index("airport_code")["time_zone"]
    zones = airports.to_dict() | supplement.to_dict()
    origin, destination = raw["origin"].map(zones), raw["dest"].map(zones)

    day = pd.to_datetime(raw[["year", "month", "day"]])
    departure = to_utc(day + minutes(raw["sched_dep_time"]), origin)
    there = to_local(departure, destination).dt.normalize() + minutes(raw["sched_arr_time"])
    arrival = to_utc(there, destination)
    arrival = arrival.where(arrival > departure, to_utc(there + timedelta(days=1), destination))
    return pd.DataFrame(
        {
            "flight_date": day.dt.date,
            "airline_code": raw["carrier"],
            "flight_number": raw["flight"],
            "origin_airport_code": raw["origin"],
            "scheduled_departure_at": departure,
            "departed_at": departure + pd.to_timedelta(raw["dep_delay"], unit="min"),
            "scheduled_arrival_at": arrival,
            "arrived_at": arrival + pd.to_timedelta(raw["arr_delay"], unit="min"),
            "time_hour": pd.to_datetime(raw["time_hour"]),
        }
    ).sort_values(KEY, ignore_index=True)


@pytest.fixture(scope="module")
def found(year) -> pd.DataFrame:
    return (
        pyarrow.dataset.dataset(sorted(settings.clean_dir.glob("flights/year=*/month=*/*.parquet")))
        .to_table()
        .to_pandas()
        .sort_values(KEY, ignore_index=True)
    )


def test_no_flight_is_lost(expected, found):
    assert len(found) == 336_776
    pd.testing.assert_frame_equal(found[KEY], expected[KEY], check_dtype=False)


@pytest.mark.parametrize("name", INSTANTS)
def test_every_instant_of_the_year(expected, found, name):
    pd.testing.assert_series_equal(
        found[name].astype("datetime64[us, UTC]"), expected[name].astype("datetime64[us, UTC]")
    )


def test_scheduled_departure_is_in_the_hour_that_the_publisher_says(expected, found):
    assert (found["scheduled_departure_at"].dt.floor("h") == expected["time_hour"]).all()


def test_figures_of_the_year(found):
    assert found["is_cancelled"].sum() == 8_255
    assert found["is_diverted"].sum() == 1_175
    assert found["arrived_at"].notna().sum() == 327_346
    assert found["departure_delay_minutes"].sum() == 4_152_200
    assert found["arrival_delay_minutes"].sum() == 2_257_174
    assert found["distance_miles"].sum() == 350_217_607


def test_reported_times_agree_but_for_one_that_clocks_skipped(found):
    wrong = found[found["reported_times_agree"].eq(False)]
    # Landed at 03:03 summer time, reported as 02:03, which 10 March did not have in Florida.
    assert wrong[["airline_code", "flight_number", "arrived_at"]].to_numpy().tolist() == [
        ["B6", 35, pd.Timestamp("2013-03-10 07:03", tz="UTC")]
    ]
