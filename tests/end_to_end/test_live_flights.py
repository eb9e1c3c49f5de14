"""A live month from HTTP to its clean partition, compared with figures computed without our code.

The month has the 100 real rows of December 2020, which cover all of its 31 days, and six rows made from them for cases
that they lack: diversions, a flight cancelled after it had left its gate, midnight written as 2400.
"""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet
import pytest

from expectations.validate import validate_clean, validate_raw
from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.download import download
from spark_jobs.engine import partitions
from tests.dbt_project import tiny_lake
from tests.dbt_project.dbt_in_process import Dbt
from tests.ontime.sources.misbehaving_server import Answer, misbehaving_server
from tests.published import bts

pytestmark = pytest.mark.more

EASTERN, CENTRAL = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
ZONES = dict.fromkeys(("ATL", "BOS", "BTV", "CVG", "DTW", "SYR", "TLH"), EASTERN) | {"BNA": CENTRAL, "DSM": CENTRAL}

CAUSES = ("carrier", "weather", "nas", "security", "late_aircraft")
MORNING, LATE = bts.sample_rows()[0], bts.sample_rows()[-1]
NO_CAUSES = dict.fromkeys(("CarrierDelay", "WeatherDelay", "NASDelay", "SecurityDelay", "LateAircraftDelay"), "")
DIVERTED = NO_CAUSES | {
    "Diverted": "1.00", "ArrDelay": "", "ActualElapsedTime": "", "AirTime": "", "DivAirportLandings": "1",
}  # fmt: skip
MADE = [
    MORNING | DIVERTED | {"ArrTime": "1530", "DivReachedDest": "1.00", "DivArrDelay": "351.00", "Div1Airport": "ALB"},
    MORNING | DIVERTED | {"ArrTime": "", "DivReachedDest": "0.00", "Div1Airport": "ALB"},
    MORNING
    | NO_CAUSES
    | {"Cancelled": "1.00", "CancellationCode": "B", "ArrTime": "", "ArrDelay": "", "AirTime": "", "WheelsOn": ""},
    MORNING | {"CRSDepTime": "2230", "DepTime": "2400", "DepDelay": "90.00", "CRSArrTime": "2400", "ArrTime": "0130",
               "ArrDelay": "90.00", "WeatherDelay": "57.00"},
    LATE | {"CRSDepTime": "2355", "DepTime": "0001", "DepDelay": "6.00", "CRSArrTime": "0117", "ArrTime": "0123",
            "ArrDelay": "6.00"},
    MORNING | {"Reporting_Airline": "PA (1)", "DOT_ID_Reporting_Airline": "20384", "Tail_Number": ""},
]  # fmt: skip
MONTH = bts.sample_rows() + [row | {"Flight_Number_Reporting_Airline": str(9_000 + n)} for n, row in enumerate(MADE)]


def instant(date: str, hhmm: str, zone: ZoneInfo) -> datetime:
    midnight = datetime.strptime(date, "%Y-%m-%d")
    return (midnight + timedelta(hours=int(hhmm[:2]), minutes=int(hhmm[2:]))).replace(tzinfo=zone).astimezone(UTC)


def number(text: str) -> int | None:
    return int(float(text)) if text else None


def expected(row: dict[str, str]) -> dict[str, object]:
    """The clean row of a published row. December has no change of clocks, and no flight here takes a day."""
    origin, destination = ZONES[row["Origin"]], ZONES[row["Dest"]]
    departure = instant(row["FlightDate"], row["CRSDepTime"], origin)
    arrival = instant(row["FlightDate"], row["CRSArrTime"], destination)
    arrival += timedelta(days=1) if arrival <= departure else timedelta()
    cancelled, diverted = row["Cancelled"] == "1.00", row["Diverted"] == "1.00"
    departure_delay = None if cancelled else number(row["DepDelay"])
    arrival_delay = None if cancelled or diverted else number(row["ArrDelay"])
    return {
        "flight_date": datetime.strptime(row["FlightDate"], "%Y-%m-%d").date(),
        "airline_code": row["Reporting_Airline"],
        "flight_number": int(row["Flight_Number_Reporting_Airline"]),
        "tail_number": row["Tail_Number"] or None,
        "origin_airport_code": row["Origin"],
        "destination_airport_code": row["Dest"],
        "scheduled_departure_local_at": departure.astimezone(origin).replace(tzinfo=None),
        "scheduled_arrival_local_at": arrival.astimezone(destination).replace(tzinfo=None),
        "scheduled_departure_at": departure,
        "departed_at": None if departure_delay is None else departure + timedelta(minutes=departure_delay),
        "scheduled_arrival_at": arrival,
        "arrived_at": None if arrival_delay is None else arrival + timedelta(minutes=arrival_delay),
        "departure_delay_minutes": departure_delay,
        "arrival_delay_minutes": arrival_delay,
        "air_time_minutes": number(row["AirTime"]),
        "distance_miles": number(row["Distance"]),
        "is_cancelled": cancelled,
        "is_diverted": diverted,
        "reported_times_agree": None if cancelled else True,
        "airline_dot_id": int(row["DOT_ID_Reporting_Airline"]),
        "origin_airport_dot_id": int(row["OriginAirportID"]),
        "destination_airport_dot_id": int(row["DestAirportID"]),
        "carrier_delay_minutes": number(row["CarrierDelay"]),
        "weather_delay_minutes": number(row["WeatherDelay"]),
        "nas_delay_minutes": number(row["NASDelay"]),
        "security_delay_minutes": number(row["SecurityDelay"]),
        "late_aircraft_delay_minutes": number(row["LateAircraftDelay"]),
    }


def clean_rows() -> list[dict[str, object]]:
    [file] = lake.clean_partition_dir("flights", bts.MONTH).glob("*.parquet")
    return pyarrow.parquet.ParquetFile(file).read().to_pylist()


def in_order(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: (row["flight_date"], row["flight_number"], row["origin_airport_code"]))


@pytest.fixture(scope="module")
def server(module_data_dir):
    """The publishers' servers on this machine, and an empty lake."""
    with pytest.MonkeyPatch.context() as patch, misbehaving_server() as server:
        patch.setattr(settings, "source", "live")
        patch.setattr(settings, "bts_flights_url", server.url("On_Time_{year}_{month}.zip"))
        patch.setattr(settings, "bts_airlines_url", server.url("Download_Lookup.asp"))
        patch.setattr(http, "MINIMUM_INTERVAL_SECONDS", 0)
        yield server


def ingest(spark, dataset: str, partition: str) -> str:
    """Run the four tasks of an ingest DAG; returns the sha256 of the cleaned raw file."""
    download(dataset, [partition])
    validate_raw(dataset, [partition])
    partitions.clean(dataset, [partition], lambda _: spark)
    validate_clean(dataset, [partition])
    committed = lake.clean_partition(dataset, partition)
    assert committed.is_validated
    return committed.raw_sha256


@pytest.fixture(scope="module")
def first(spark, server) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "source", "embedded")
        download("airports", [ALL])
        partitions.clean("airports", [ALL], lambda _: spark)
    server.answers = [Answer(bts.AIRLINES)]
    ingest(spark, "airlines", ALL)
    server.answers = [Answer(bts.zipped(bts.table(MONTH)), etag='"1"')]
    return ingest(spark, "flights", bts.MONTH)


def test_the_raw_file_has_the_published_rows(first):
    with lake.open_raw(lake.current_raw("flights", bts.MONTH).path) as file:
        text = file.read().decode()
    assert text.startswith(bts.table().decode())
    assert list(csv.DictReader(io.StringIO(text.replace(",\n", "\n")))) == MONTH


def test_every_row_is_cleaned_exactly(first):
    rows = in_order(clean_rows())
    assert len(rows) == 106
    assert rows == in_order([expected(row) for row in MONTH])


def test_the_sums_of_the_real_rows(first):
    # Sums of columns 48, 32, 43 and 55 of the file, computed outside of this project.
    real = [row for row in clean_rows() if row["flight_number"] < 9_000]
    assert len(real) == 100
    assert sum(row["is_cancelled"] for row in real) == 2
    assert sum(row["departure_delay_minutes"] or 0 for row in real) == 285
    assert sum(row["arrival_delay_minutes"] or 0 for row in real) == -304
    assert sum(row["distance_miles"] for row in real) == 51_167


def test_the_causes_of_the_real_delays(first):
    # Sums of columns 57 to 61 of the file, computed outside of this project; ten flights arrived 15 minutes late.
    delayed = [row for row in clean_rows() if row["flight_number"] < 9_000 and row["carrier_delay_minutes"] is not None]
    minutes = [sum(row[f"{cause}_delay_minutes"] for row in delayed) for cause in CAUSES]
    assert (len(delayed), minutes) == (10, [370, 81, 148, 0, 34])
    assert sum(minutes) == sum(row["arrival_delay_minutes"] for row in delayed) == 633


def test_the_causes_reach_the_mart(first, tmp_path):
    tiny_lake.make(
        {
            ("weather", bts.MONTH): [tiny_lake.hour("BOS", "2020-12-01 12")],
            ("aircraft", ALL): [{"tail_number": "N315PQ", "aircraft_type": "Fixed wing multi engine"}],
        }
    )
    lake.mark_validated(lake.clean_partition("airports", ALL))
    assert warehouse.prepare_candidate()
    result = Dbt(settings.data_dir, tmp_path).run("build", "--resource-type", "model", "--resource-type", "seed")
    assert result.succeeded, result.messages
    with duckdb.connect(str(settings.warehouse_candidate), read_only=True) as marts:
        assert marts.execute("from marts.agg_delay_causes_monthly order by all").fetchall() == [
            # the ten real flights, and the made ones: 90 minutes late at midnight, and the other airline
            (date(2020, 12, 1), "9E", 10 + 1, 370, 81 + 57, 148 + 33, 0, 34),
            (date(2020, 12, 1), "PA (1)", 1, 0, 81, 33, 0, 0),
        ]


def test_airlines_have_the_names_of_the_lookup_table(first):
    [file] = lake.clean_partition_dir("airlines", ALL).glob("*.parquet")
    names = dict(zip(*pyarrow.parquet.ParquetFile(file).read().to_pydict().values(), strict=True))
    assert len(names) == 7
    assert (names["9E"], names["PA (1)"]) == ("Endeavor Air Inc.", "Pan American World Airways (1)")


def test_an_unchanged_month_is_not_cleaned_again(spark, server, first):
    before = lake.clean_partition("flights", bts.MONTH)
    download("flights", [bts.MONTH])
    assert server.asked("If-None-Match")[-1] == '"1"'
    assert partitions.clean("flights", [bts.MONTH], lambda _: spark) == []
    assert lake.clean_partition("flights", bts.MONTH) == before


def test_a_republished_month_is_cleaned_again(spark, server, first):
    corrected = [MONTH[0] | {"ArrDelay": "115.00", "ArrTime": "1134"}, *MONTH[1:]]
    server.answers = [Answer(bts.zipped(bts.table(corrected)), etag='"2"')]
    assert ingest(spark, "flights", bts.MONTH) != first
    assert in_order(clean_rows()) == in_order([expected(row) for row in corrected])
