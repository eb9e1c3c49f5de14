"""Airports from OurAirports: the whole world's, in the public domain, https://ourairports.com/data."""

from pathlib import Path

from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import Published


def fetch(partition: str, target: Path, known: RawFile | None = None) -> Published | None:
    """Write the table to ``target``, unless it is still the known one."""
    fetched = http.fetch(settings.ourairports_url, target, http.fetched_before(settings.ourairports_url, known))
    return Published(fetched.url, fetched.etag, fetched.last_modified) if fetched.is_modified else None
