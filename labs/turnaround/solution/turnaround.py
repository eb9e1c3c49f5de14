"""How long is it from an aircraft's landing to its next departure?"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def turnarounds(flights: DataFrame) -> DataFrame:
    """The flights with ``turnaround_minutes``, from landing to the next departure of the same aircraft."""
    # A flight of an unknown aircraft is a group of its own: it has no next departure, and any task can have it.
    aircraft = F.coalesce("tail_number", F.concat(F.lit("flight "), F.col("flight_id").cast("string")))
    # Cancelled flights come first, so they are nobody's next departure.
    in_order = Window.partitionBy(aircraft).orderBy(F.asc_nulls_first("departed_at"))
    next_departure = F.lead("departed_at").over(in_order)
    seconds = next_departure.cast("double") - F.col("landed_at").cast("double")
    return flights.withColumn("turnaround_minutes", seconds / 60)
