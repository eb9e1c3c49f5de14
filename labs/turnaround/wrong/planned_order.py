# fails test_minutes: by plan, the next flight of an aircraft may be one that was cancelled or overtaken.
from pyspark.sql import Window
from pyspark.sql import functions as F


def turnarounds(flights):
    aircraft = F.coalesce("tail_number", F.col("flight_id").cast("string"))
    in_order = Window.partitionBy(aircraft).orderBy("planned_at")
    seconds = F.lead("departed_at").over(in_order).cast("double") - F.col("landed_at").cast("double")
    return flights.withColumn("turnaround_minutes", seconds / 60)
