# fails test_no_giant_group: the minutes are right, but all flights without a tail number go through one task.
from pyspark.sql import Window
from pyspark.sql import functions as F


def turnarounds(flights):
    in_order = Window.partitionBy("tail_number").orderBy("departed_at")
    seconds = F.lead("departed_at").over(in_order).cast("double") - F.col("landed_at").cast("double")
    return flights.withColumn("turnaround_minutes", F.when(F.col("tail_number").isNotNull(), seconds / 60))
