# fails test_unknown_aircraft: for a window, all nulls are the same aircraft.
from pyspark.sql import Window
from pyspark.sql import functions as F


def turnarounds(flights):
    in_order = Window.partitionBy("tail_number").orderBy("departed_at")
    seconds = F.lead("departed_at").over(in_order).cast("double") - F.col("landed_at").cast("double")
    return flights.withColumn("turnaround_minutes", seconds / 60)
