"""Airports from OurAirports: the whole world's, public domain, https://ourairports.com/data."""

from pathlib import Path

from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import Published


class OurAirports:
    """The table of airports, in the publisher's bytes."""

    def fetch(self, partition: str, /, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write the table to ``target``. Returns None if ``previous`` is still current."""
        return http.fetch(settings.ourairports_url, target, previous)
