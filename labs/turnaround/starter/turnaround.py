"""How long is it from an aircraft's landing to its next departure?"""

from pyspark.sql import DataFrame


def turnarounds(flights: DataFrame) -> DataFrame:
    """The flights with ``turnaround_minutes``, from landing to the next departure of the same aircraft."""
    raise NotImplementedError
