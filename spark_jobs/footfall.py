"""Pedestrians of Auckland: one clean row for each hour, with a column for each sensor.

The publisher's day begins at 06:00, so its hours 0 to 5 belong to the next date of the calendar. An hour that clocks
skip is rejected as ``invalid_time``. Of several rows with the same hour, the row is kept whose lines before and after
are one hour away: another row of that hour is out of order, so its hour is probably wrong.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from ontime.datasets.footfall import DATASET, SENSORS, column_of
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, is_wrong_month, split_good_and_bad

#: The publisher's clock.
TIME_ZONE = "Pacific/Auckland"
#: The hour at which the publisher's day begins.
DAY_BEGINS = 6
#: An hour of the publisher, such as ``6:00-6:59``.
HOUR = r"^([0-9]|1[0-9]|2[0-3]):00-\1:59$"
#: The publisher's columns as SQL, by their names in the clean table. ``year`` is left out: ``date`` has the year.
MAPPINGS = {"footfall": {"date": "date", "hour": "hour"} | {column_of(sensor): f"`{sensor}`" for sensor in SENSORS}}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return clean rows and rejected rows."""
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    people = {column_of(sensor): raw.whole_number(column_of(sensor)) for sensor in SENSORS}
    day = F.try_to_timestamp(raw["date"], F.lit("yyyy-MM-dd"))
    hour = F.regexp_extract(raw["hour"], HOUR, 1).try_cast("int")
    local = F.timestamp_add("HOUR", hour + F.when(hour < DAY_BEGINS, 24).otherwise(0), day)
    # When clocks go back, an hour occurs twice, but the publisher has one row: it is read as the first of the two.
    instant = F.to_utc_timestamp(local, TIME_ZONE)
    is_on_clocks = F.from_utc_timestamp(instant, TIME_ZONE) == local
    columns = {"counted_at": instant, "counted_local_at": local, **people}
    marked = apply_rules(
        rows,
        raw,
        columns | {"line": F.monotonically_increasing_id()},
        {
            "malformed_line": is_malformed(),
            "wrong_month": is_wrong_month(F.year(day), F.month(day)),
            "missing_value": raw.any_missing(("date", "hour")),
            "invalid_number": raw.any_unreadable(people),
            "invalid_time": raw.any_unreadable({"date": day, "hour": F.when(is_on_clocks, local)}),
            "implausible_value": any_of(out_of_bounds(DATASET, columns).values()),
        },
    )
    return split_good_and_bad(
        marked.withColumn("neighbours", _neighbours()), DATASET, best_first=[F.col("neighbours").desc()]
    )


def _neighbours() -> Column:
    """How many of the two adjacent lines are one hour away. One task reads a file, so its lines keep their order."""
    in_file = Window.partitionBy("partition").orderBy("line")
    local, one_hour = F.col("counted_local_at"), F.expr("INTERVAL 1 HOUR")
    follows = F.lag(local).over(in_file) + one_hour == local
    precedes = F.lead(local).over(in_file) - one_hour == local
    return sum((F.coalesce(side, F.lit(False)).cast("int") for side in (follows, precedes)), F.lit(0))
