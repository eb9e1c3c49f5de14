# fails test_one_exchange: each flight is joined with the next by its number in the sequence of the aircraft.
from pyspark.sql import Window
from pyspark.sql import functions as F


def turnarounds(flights):
    aircraft = F.coalesce("tail_number", F.col("flight_id").cast("string"))
    numbered = flights.withColumn("aircraft", aircraft).withColumn(
        "number", F.row_number().over(Window.partitionBy("aircraft").orderBy("departed_at"))
    )
    following = numbered.select(
        "aircraft", (F.col("number") - 1).alias("number"), F.col("departed_at").alias("next_departure")
    )
    seconds = F.col("next_departure").cast("double") - F.col("landed_at").cast("double")
    joined = numbered.join(following, ["aircraft", "number"], "left")
    return joined.withColumn("turnaround_minutes", seconds / 60).drop("aircraft", "number", "next_departure")
