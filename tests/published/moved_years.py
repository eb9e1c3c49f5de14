"""The embedded year moved to other years, in the formats of the live publishers: one flight in twenty.

Flights are real flights of 2013 with another year, in the format `bts`. The weather of every hour is one of Kennedy's
first eight reports of 2025; the stations report nothing else.
"""

import calendar
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from ontime.contract import ALL
from ontime.sources.embedded import EmbeddedPublisher
from tests.published import bts

ONE_IN = 20
STATIONS = {"EWR": "USW00014734", "JFK": "USW00094789", "LGA": "USW00014732"}
REPORTS = Path(__file__).with_name("GHCNh_USW00094789_2025.psv")
NO_ROW = dict.fromkeys(bts.sample_rows()[0], "")


def airlines() -> bytes:
    """The lookup table of carriers."""
    lines = [f'"{row.carrier}","{row.name}"\r\n' for row in embedded("airlines").itertuples(index=False)]
    return "".join(["Code,Description\r\n", *lines]).encode()


def airports() -> bytes:
    """A table in the format of OurAirports: the embedded airports that any flight uses."""
    head = Path(__file__).with_name("airports.csv").read_text().splitlines()[0]
    names = [name.strip('"') for name in head.split(",")]
    table = embedded("airports")
    rows = [
        {"id": number, "ident": f"K{row.faa}", "type": "large_airport", "name": row.name, "latitude_deg": row.lat,
         "longitude_deg": row.lon, "elevation_ft": row.alt, "continent": "NA", "iso_country": "US",
         "scheduled_service": "yes", "iata_code": row.faa}
        for number, row in enumerate(table.itertuples(), 1) if row.faa in places()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names).to_csv(index=False).encode()


def flights(month: str) -> pd.DataFrame:
    """Flights of a month in the columns of the embedded file, with the year changed.

    Every year gets different flights, because a model would recognise repeated ones. 2013 was no leap year, so other
    flights of 28 February stand for the 29th.
    """
    year, number = (int(part) for part in month.split("-"))
    published = embedded("flights", f"2013-{number:02d}")
    sample = published.iloc[year % ONE_IN :: ONE_IN]
    if number == 2 and calendar.isleap(year):
        others = published.iloc[(year + 1) % ONE_IN :: ONE_IN]
        sample = pd.concat([sample, others[others["day"] == 28].assign(day=29)])
    return sample.assign(year=year)


def flights_zip(month: str, moved: pd.DataFrame) -> bytes:
    """These flights as the Bureau's zip of the month."""
    return bts.zipped(bts.table([_bts_row(flight) for flight in moved.itertuples()]), month)


def weather(station: str, year: int) -> bytes:
    """A station's file of a year: one report per hour."""
    header, *reports = REPORTS.read_text().splitlines(keepends=True)
    routine = [report for report in reports if report.split("|")[2].endswith("51:00")]
    lines = [header]
    for day in pd.date_range(f"{year}-01-01", f"{year}-12-31"):
        for hour in range(24):
            cells = routine[hour % len(routine)].split("|")
            cells[0] = station
            cells[2:8] = [f"{day:%Y-%m-%d}T{hour:02d}:51:00", *f"{day:%Y %m %d}".split(), f"{hour:02d}", "51"]
            lines.append("|".join(cells))
    return "".join(lines).encode()


@cache
def embedded(dataset: str, partition: str = ALL) -> pd.DataFrame:
    """A partition from the embedded publisher."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        EmbeddedPublisher().fetch(dataset, partition, Path(file.name))
        return pd.read_csv(file.name)


@cache
def places() -> dict[str, int]:
    """A five-digit number for each airport that any flight uses."""
    months = [embedded("flights", f"2013-{month:02d}") for month in range(1, 13)]
    codes = sorted({code for month in months for column in ("origin", "dest") for code in month[column].unique()})
    return {code: 10_000 + number for number, code in enumerate(codes)}


@cache
def carriers() -> dict[str, int]:
    """A five-digit number for each airline."""
    return {code: 19_000 + number for number, code in enumerate(sorted(embedded("airlines")["carrier"]))}


def _bts_row(flight) -> dict[str, str]:
    is_cancelled = pd.isna(flight.dep_time)
    return NO_ROW | {
        "Year": str(flight.year),
        "Month": str(flight.month),
        "DayofMonth": str(flight.day),
        "FlightDate": f"{flight.year}-{flight.month:02d}-{flight.day:02d}",
        "Reporting_Airline": flight.carrier,
        "DOT_ID_Reporting_Airline": str(carriers()[flight.carrier]),
        "Tail_Number": "" if pd.isna(flight.tailnum) else flight.tailnum,
        "Flight_Number_Reporting_Airline": str(flight.flight),
        "Origin": flight.origin,
        "OriginAirportID": str(places()[flight.origin]),
        "Dest": flight.dest,
        "DestAirportID": str(places()[flight.dest]),
        "CRSDepTime": f"{flight.sched_dep_time:04d}",
        "DepTime": _clock(flight.dep_time),
        "DepDelay": _number(flight.dep_delay),
        "CRSArrTime": f"{flight.sched_arr_time:04d}",
        "ArrTime": "" if is_cancelled else _clock(flight.arr_time),
        "ArrDelay": _number(flight.arr_delay),
        "Cancelled": "1.00" if is_cancelled else "0.00",
        "Diverted": "1.00" if not is_cancelled and pd.isna(flight.arr_delay) else "0.00",
        "AirTime": _number(flight.air_time),
        "Distance": _number(flight.distance),
    }


def _clock(hhmm: float) -> str:
    return "" if pd.isna(hhmm) else f"{int(hhmm):04d}"


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2f}"
