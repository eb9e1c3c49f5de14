"""Weather: one row an hour, in SI units, from a publisher's hours or from the reports of stations."""

import csv
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.datasets.weather import DATASET, FORMATS
from ontime.settings import settings
from spark_jobs.command import app
from spark_jobs.engine import rules
from spark_jobs.engine.rules import Texts

KEY = ("airport_code", "observed_at")
REQUIRED = ("year", "month", "time_hour")
#: What tells a report from the others of its hour.
REPORT = ("report_type", "temp", "reported_at", "failed")


class Measure(NamedTuple):
    """A measured quantity: its clean column, and the least and the greatest value that can be true."""

    column: str
    least: float
    greatest: float


#: By text column. Limits: the world records of the WMO World Weather and Climate Extremes Archive: temperature
#: -89.2 (Vostok) to 56.7 (Death Valley), dew point 35 (Dhahran), gust 113.3 (Barrow Island), rain in an hour 305
#: (Holt, Missouri), pressure 870 (Typhoon Tip) to 1,085 (Tosontsengel). Clean air itself ends visibility at 296 km
#: (Rayleigh scattering); the rest holds by definition.
MEASURES = {
    "temp": Measure("temperature_celsius", -89.2, 56.7),
    "dewp": Measure("dew_point_celsius", -89.2, 35.0),
    "humid": Measure("relative_humidity_percent", 0.0, 100.0),
    "wind_dir": Measure("wind_direction_degrees", 0.0, 360.0),
    "wind_speed": Measure("wind_speed_meters_per_second", 0.0, 113.3),
    "wind_gust": Measure("wind_gust_meters_per_second", 0.0, 113.3),
    "precip": Measure("precipitation_millimeters", 0.0, 305.0),
    "pressure": Measure("pressure_hectopascals", 870.0, 1085.0),
    "visib": Measure("visibility_kilometers", 0.0, 296.0),
}
COLUMNS = (*KEY, *(measure.column for measure in MEASURES.values()), "implausible_values")


class Unit(NamedTuple):
    """How many of the clean column's units one of the publisher's is, and which number is its zero."""

    factor: float
    zero: float = 0.0


#: By format and text column, where the publisher's units are not SI: NIST Special Publication 811, appendix B.8.
UNITS = {
    "nycflights13": {
        "temp": Unit(5 / 9, zero=32.0),
        "dewp": Unit(5 / 9, zero=32.0),
        "wind_speed": Unit(0.44704),
        "wind_gust": Unit(0.44704),
        "precip": Unit(25.4),
        "visib": Unit(1.609344),
    },
    "ghcnh": {},
}

#: The elements of GHCNh, by text column.
GHCNH = {
    "temp": "temperature",
    "dewp": "dew_point_temperature",
    "humid": "relative_humidity",
    "wind_dir": "wind_direction",
    "wind_speed": "wind_speed",
    "wind_gust": "wind_gust",
    "precip": "precipitation",
    "pressure": "sea_level_pressure",
    "visib": "visibility",
}


def _failed(element: str) -> str:
    """Whether a value failed NOAA's checks: GHCNh documentation 1.1.0, table 3.

    A lower-case letter is a check of GHCNh itself, 3 and 7 is erroneous, any letter of the hourly precipitation
    network (source 382) a failed one of its own; ``z`` masks the direction of a calm.
    """
    code, source = f"{element}_Quality_Code", f"{element}_Source_Code"
    return f"({code} RLIKE '^([a-y]|[37]$)' OR {source} = '382' AND {code} RLIKE '^[A-Za-z]')"


MAPPINGS = {
    "nycflights13": rules.as_published(FORMATS["nycflights13"]),
    "ghcnh": {
        "station": "STATION",
        "year": "Year",
        "month": "Month",
        "time_hour": r"regexp_replace(DATE, r'^(\d{4}-\d\d-\d\dT\d\d):[0-5]\d:[0-5]\d$', '$1:00:00Z')",
        "reported_at": "DATE",
        "report_type": f"coalesce({', '.join(f'{element}_Report_Type' for element in GHCNH.values())})",
        **GHCNH,
        # 999 is no direction: the air is calm, or the wind comes from all sides.
        "wind_dir": """
            CASE WHEN wind_direction <> '999' THEN wind_direction
            WHEN wind_direction_Measurement_Code LIKE 'C%' THEN '0' END""",
        "failed": "concat_ws(',', {})".format(
            ", ".join(f"CASE WHEN {_failed(element)} THEN '{name}' END" for name, element in GHCNH.items())
        ),
    },
}


def lookups() -> dict[str, Any]:
    """The airport of each station: the other argument of :func:`clean`."""
    with settings.station_crosswalk.open(newline="") as lines:
        return {"airports": {row["station_id"]: row["airport_code"] for row in csv.DictReader(lines)}}


def clean(rows: DataFrame, airports: Mapping[str, str]) -> tuple[DataFrame, DataFrame]:
    """Weather as the clean contract has it, and the rejected rows.

    A value that cannot be true, or that failed the publisher's checks, is null, and its column named in
    ``implausible_values``. Of an hour's reports one stays: docs/decisions/0007-hourly-weather-from-reports.md.
    """
    format_name = rules.format_name(rows, FORMATS)
    has_reports = format_name == "ghcnh"
    text = Texts(MAPPINGS[format_name])
    year, month = text.whole_number("year"), text.whole_number("month")
    airport = _airport(airports, text["station"]) if has_reports else text["origin"]
    read_at = F.try_to_timestamp(text["time_hour"], F.lit("yyyy-MM-dd'T'HH:mm:ssX"))
    observed_at = F.when(read_at == F.date_trunc("hour", read_at), read_at)
    measured = {name: _measured(text, name, UNITS[format_name]) for name in MEASURES}
    weather = rules.judged(
        rows,
        text,
        {
            "airport_code": airport,
            "observed_at": observed_at,
            **{MEASURES[name].column: value for name, value in measured.items()},
            **({name: text[name] for name in REPORT} if has_reports else {}),
        },
        {
            "malformed_line": rules.is_malformed(),
            "wrong_month": rules.is_wrong_month(year, month),
            "missing_value": text.any_missing((*REQUIRED, "station" if has_reports else "origin")),
            "invalid_number": text.any_unreadable({"year": year, "month": month, **measured}),
            "invalid_time": text.any_unreadable({"time_hour": observed_at}),
            "unknown_airport": airport.isNull(),
        },
    )
    is_bad = {measure: _is_implausible(measure) for measure in MEASURES.values()}
    if has_reports:
        is_bad |= {measure: is_bad[measure] | _has_failed(name, measure) for name, measure in MEASURES.items()}
    return rules.parted(
        weather.withColumns(
            {
                **{measure.column: F.when(~bad, F.col(measure.column)) for measure, bad in is_bad.items()},
                "implausible_values": F.array_compact(
                    F.array(*(F.when(bad, F.lit(measure.column)) for measure, bad in is_bad.items()))
                ),
            }
        ),
        COLUMNS,
        KEY,
        best_first=_routine_report_first() if has_reports else [],
        others="superseded" if has_reports else "duplicate",
    )


def _measured(text: Texts, name: str, units: Mapping[str, Unit]) -> Column:
    if name == "wind_dir":
        return text.whole_number(name)
    unit = units.get(name)
    return (text.number(name) - unit.zero) * unit.factor if unit else text.number(name)


def _airport(airports: Mapping[str, str], station: Column) -> Column:
    """The airport of a station, null if unknown."""
    pairs = [F.lit(word) for pair in airports.items() for word in pair]
    return F.try_element_at(F.create_map(*pairs), station)


def _routine_report_first() -> list[Column]:
    return [
        F.coalesce(F.col("report_type") == "FM15", F.lit(False)).desc(),
        F.col("temp").isNotNull().desc(),
        F.col("reported_at").desc(),
    ]


def _is_implausible(measure: Measure) -> Column:
    return ~F.col(measure.column).between(measure.least, measure.greatest)


def _has_failed(name: str, measure: Measure) -> Column:
    return F.col(measure.column).isNotNull() & F.array_contains(F.split("failed", ","), name)


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
