"""Local times and instants."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


class Clocks:
    """Between instants and what clocks show, at airports in a few zones: ``time_zones`` maps an airport to its own.

    Zones are numbers in a row, and every conversion has a branch for each with the zone's name as a literal: Spark
    parses a name anew for every row when it comes from a column, at a multiple of the conversion's cost. Arguments are
    SQL, as each branch of a Column is several calls from Python into the JVM.
    """

    def __init__(self, time_zones: Mapping[str, str]):
        airports: dict[str, list[str]] = {}
        for airport, zone in sorted(time_zones.items()):
            airports.setdefault(zone, []).append(airport)
        # The branches are tried in turn, so the zone of most airports comes first.
        self._airports = dict(sorted(airports.items(), key=lambda item: (-len(item[1]), item[0])))

    def zone(self, airport: str) -> Column:
        """The number of an airport's zone, null if unknown. Sets in the plan: cheaper here than a join."""
        cases = (
            f"WHEN {airport} IN ({', '.join(map(repr, airports))}) THEN {number}"
            for number, airports in enumerate(self._airports.values())
        )
        return F.expr(f"CASE {' '.join(cases)} END")

    def instant(self, local: str, zone: str) -> Column:
        """The instant at which clocks in the zone show ``local``.

        A time that clocks skip is read with the offset before the gap, one that they
        show twice is the first of the two (as `java.time` does, and PEP 495 with fold=0).
        """
        return self._by_zone(f"to_utc_timestamp(CAST({local} AS TIMESTAMP), '{{}}')", zone)

    def local(self, instant: str, zone: str) -> Column:
        """What clocks in the zone show at ``instant``."""
        return self._by_zone(f"from_utc_timestamp({instant}, '{{}}')", zone).cast("timestamp_ntz")

    def _by_zone(self, converted: str, zone: str) -> Column:
        cases = (f"WHEN {number} THEN {converted.format(name)}" for number, name in enumerate(self._airports))
        return F.expr(f"CASE {zone} {' '.join(cases)} END")
