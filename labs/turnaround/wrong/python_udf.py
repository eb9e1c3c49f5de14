# fails test_no_python: a function for two timestamps is quickly written, and every row pays for it.
from pyspark.sql import Window
from pyspark.sql import functions as F


@F.udf("double")
def minutes_between(start, end):
    return None if start is None or end is None else (end - start).total_seconds() / 60


def turnarounds(flights):
    aircraft = F.coalesce("tail_number", F.col("flight_id").cast("string"))
    in_order = Window.partitionBy(aircraft).orderBy("departed_at")
    next_departure = F.lead("departed_at").over(in_order)
    return flights.withColumn("next", next_departure).select(
        *flights.columns, minutes_between("landed_at", "next").alias("turnaround_minutes")
    )
