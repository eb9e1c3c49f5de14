"""Local times and instants."""

from collections.abc import Callable, Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F


class Clocks:
    """Between instants and what clocks show, for a column that names one of a few zones.

    A branch for each zone, with its name as a literal, as Spark parses a zone's name
    anew for every row when it comes from a column, at a multiple of the conversion's cost.
    """

    def __init__(self, zones: Iterable[str]):
        self.zones = sorted(set(zones))

    def instant(self, local: Column, zone: Column) -> Column:
        """The instant at which clocks in ``zone`` show ``local``.

        A time that clocks skip is read with the offset before the gap, one that they
        show twice is the first of the two (as `java.time` does, and PEP 495 with fold=0).
        """
        return self._by_zone(F.to_utc_timestamp, local.cast("timestamp"), zone)

    def local(self, instant: Column, zone: Column) -> Column:
        """What clocks in ``zone`` show at ``instant``."""
        return self._by_zone(F.from_utc_timestamp, instant, zone).cast("timestamp_ntz")

    def _by_zone(self, convert: Callable[[Column, Column], Column], time: Column, zone: Column) -> Column:
        return F.coalesce(*(F.when(zone == name, convert(time, F.lit(name))) for name in self.zones))
