"""What a month of hourly weather must look like, as it arrives and once it is clean."""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnPairValuesAToBeGreaterThanB,
    ExpectColumnValueLengthsToEqual,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToMatchRegex,
    ExpectCompoundColumnsToBeUnique,
)

from expectations.shared import raw_file, required, the_month
from ontime.datasets.weather import FORMATS

RAW = {
    "nycflights13": ExpectationSuite(
        "raw.weather",
        expectations=[
            *raw_file(FORMATS["nycflights13"]),
            *the_month("Stations report every day: missing days mean a file that was cut short."),
            *required("origin", "time_hour", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="time_hour", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="temp", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
        ],
    ),
    "ghcnh": ExpectationSuite(
        "raw.weather",
        expectations=[
            *raw_file(FORMATS["ghcnh"]),
            *the_month("Stations report every day: the month is not over.", "Year", "Month", "Day"),
            *required("STATION", "DATE", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="DATE", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="temperature", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
        ],
    ),
}

CLEAN_COLUMNS = {
    "airport_code": "string",
    "observed_at": "timestamp[us, tz=UTC]",
    "temperature_celsius": "double",
    "dew_point_celsius": "double",
    "relative_humidity_percent": "double",
    "wind_direction_degrees": "int32",
    "wind_speed_meters_per_second": "double",
    "wind_gust_meters_per_second": "double",
    "precipitation_millimeters": "double",
    "pressure_hectopascals": "double",
    "visibility_kilometers": "double",
    "implausible_values": "list<string>",
}

# No airport can have seen worse than the records in the World Meteorological Organization's
# "World Weather & Climate Extremes Archive" (wmo.asu.edu), rounded outwards:
PHYSICAL_LIMITS = {
    "temperature_celsius": (-90, 57),  # Vostok 1983 -89.2, Death Valley 1913 56.7
    "dew_point_celsius": (-100, 36),  # Dhahran 2003: 35; the low end is that of very dry polar air
    "relative_humidity_percent": (0, 100),
    "wind_direction_degrees": (0, 360),
    "wind_speed_meters_per_second": (0, 114),  # no mean wind exceeds the strongest gust
    "wind_gust_meters_per_second": (0, 114),  # Barrow Island 1996: 113.2
    "precipitation_millimeters": (0, 402),  # in one hour; Shangdi 1975: 401
    "pressure_hectopascals": (870, 1085),  # at sea level; typhoon Tip 1979, Agata 1968 (below 750 m)
    "visibility_kilometers": (0, 300),  # clean air without haze scatters light within about 300 km
}

CLEAN = ExpectationSuite(
    "clean.weather",
    expectations=[
        ExpectCompoundColumnsToBeUnique(column_list=["airport_code", "observed_at"]),
        *required("airport_code", "observed_at", "implausible_values"),
        ExpectColumnValuesToMatchRegex(column="airport_code", regex="^[A-Z0-9]{3}$"),
        ExpectColumnValuesToBeBetween(
            column="observed_at",
            min_value={"$PARAMETER": "earliest_instant"},
            max_value={"$PARAMETER": "latest_instant"},
        ),
        *[
            ExpectColumnValuesToBeBetween(
                column=column,
                min_value=lowest,
                max_value=highest,
                notes="A record that no airport has broken: the unit is wrong, or the cleaning let a bad reading by.",
            )
            for column, (lowest, highest) in PHYSICAL_LIMITS.items()
        ],
        # Air cannot hold more water than at saturation; stations round the two readings separately.
        ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="temperature_celsius",
            column_B="dew_point_celsius",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            mostly=0.99,
        ),
        ExpectColumnValueLengthsToEqual(
            column="implausible_values",
            value=0,
            mostly=0.95,
            notes="The names of nulled readings. Many of them mean broken stations or a changed unit.",
        ),
    ],
)
