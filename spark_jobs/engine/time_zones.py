"""Converts between local times and instants."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


class TimeZones:
    """Converts between instants and local times at airports; ``time_zones`` maps each airport to its IANA zone.

    Each row holds its zones as numbers, and every conversion has one branch per zone with the zone's name as a literal:
    Spark parses a name that comes from a column again for every row, which costs several times the conversion itself.
    Arguments are SQL text, because building each branch from Columns takes several calls from Python into the JVM.
    """

    def __init__(self, time_zones: Mapping[str, str]):
        airports: dict[str, list[str]] = {}
        for airport, zone in sorted(time_zones.items()):
            airports.setdefault(zone, []).append(airport)
        # Spark tries the branches in turn, so the zone with the most airports comes first.
        self._airports = dict(sorted(airports.items(), key=lambda item: (-len(item[1]), item[0])))

    def zone(self, airport: str) -> Column:
        """The number of an airport's zone; null for an unknown airport."""
        # The airports are literals in the plan, which is cheaper here than a join.
        cases = (
            f"WHEN {airport} IN ({', '.join(map(repr, airports))}) THEN {number}"
            for number, airports in enumerate(self._airports.values())
        )
        return F.expr(f"CASE {' '.join(cases)} END")

    def instant(self, local: str, zone: str) -> Column:
        """The instant of the local time ``local`` in a zone.

        When clocks go forward, a skipped local time uses the offset from before the gap. When clocks go back, a
        repeated local time means its first occurrence (as in `java.time`, and in PEP 495 with fold=0).
        """
        return self._by_zone(f"to_utc_timestamp(CAST({local} AS TIMESTAMP), '{{}}')", zone)

    def local(self, instant: str, zone: str) -> Column:
        """The local time of an instant in a zone."""
        return self._by_zone(f"from_utc_timestamp({instant}, '{{}}')", zone).cast("timestamp_ntz")

    def _by_zone(self, conversion: str, zone: str) -> Column:
        cases = (f"WHEN {number} THEN {conversion.format(name)}" for number, name in enumerate(self._airports))
        return F.expr(f"CASE {zone} {' '.join(cases)} END")
