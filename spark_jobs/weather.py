"""Weather: hourly observations, in SI units."""

import sys
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.sources.weather import DATASET, FORMATS
from spark_jobs import rules
from spark_jobs.command import app
from spark_jobs.rules import number, text, whole_number

MAPPINGS = {"nycflights13": rules.as_published(FORMATS["nycflights13"])}
KEY = ("airport_code", "observed_at")
REQUIRED = ("origin", "year", "month", "time_hour")


class Measure(NamedTuple):
    """A measured quantity: its clean column, how the published number becomes one in SI units, and
    the least and the greatest value that can be true."""

    column: str
    factor: float
    least: float
    greatest: float
    zero: float = 0.0


#: By raw column. Factors: NIST Special Publication 811, appendix B.8 (all exact). Limits: the world
#: records of the WMO World Weather and Climate Extremes Archive: temperature -89.2 (Vostok) to 56.7
#: (Death Valley), dew point 35 (Dhahran), gust 113.3 (Barrow Island), rain in an hour 305 (Holt,
#: Missouri), pressure 870 (Typhoon Tip) to 1,085 (Tosontsengel). Clean air itself ends visibility at
#: 296 km (Rayleigh scattering); the rest holds by definition.
MEASURES = {
    "temp": Measure("temperature_celsius", 5 / 9, -89.2, 56.7, zero=32.0),
    "dewp": Measure("dew_point_celsius", 5 / 9, -89.2, 35.0, zero=32.0),
    "humid": Measure("relative_humidity_percent", 1.0, 0.0, 100.0),
    "wind_dir": Measure("wind_direction_degrees", 1.0, 0.0, 360.0),
    "wind_speed": Measure("wind_speed_meters_per_second", 0.44704, 0.0, 113.3),
    "wind_gust": Measure("wind_gust_meters_per_second", 0.44704, 0.0, 113.3),
    "precip": Measure("precipitation_millimeters", 25.4, 0.0, 305.0),
    "pressure": Measure("pressure_hectopascals", 1.0, 870.0, 1085.0),
    "visib": Measure("visibility_kilometers", 1.609344, 0.0, 296.0),
}


def lookups() -> dict[str, Any]:
    """Nothing: weather is read without other data."""
    return {}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Weather as the clean contract has it, and the rejected rows.

    A value that cannot be true is null, and its column named in ``implausible_values``.
    """
    observed_at = F.try_to_timestamp(text("time_hour"), F.lit("yyyy-MM-dd'T'HH:mm:ssX"))
    weather = rules.judged(
        rules.with_raw(rows, FORMATS, MAPPINGS).withColumns(
            {
                "year": whole_number("year"),
                "month": whole_number("month"),
                "airport_code": text("origin"),
                "observed_at": F.when(observed_at == F.date_trunc("hour", observed_at), observed_at),
                **{
                    measure.column: (number(name) - measure.zero) * measure.factor for name, measure in MEASURES.items()
                },
                "wind_direction_degrees": whole_number("wind_dir"),
            }
        ),
        {
            "malformed_line": rules.is_malformed(),
            "wrong_month": rules.is_wrong_month("year", "month"),
            "missing_value": rules.any_missing(REQUIRED),
            "invalid_number": rules.any_unreadable(
                {"year": "year", "month": "month", **{name: measure.column for name, measure in MEASURES.items()}}
            ),
            "invalid_time": rules.any_unreadable({"time_hour": "observed_at"}),
        },
        KEY,
    )
    measures = MEASURES.values()
    flags = [F.when(_is_implausible(measure), F.lit(measure.column)) for measure in measures]
    return (
        rules.accepted(weather).select(
            "airport_code",
            "observed_at",
            *(F.when(~_is_implausible(measure), F.col(measure.column)).alias(measure.column) for measure in measures),
            F.array_compact(F.array(*flags)).alias("implausible_values"),
            "partition",
        ),
        rules.rejected(weather),
    )


def _is_implausible(measure: Measure) -> Column:
    return ~F.col(measure.column).between(measure.least, measure.greatest)


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
