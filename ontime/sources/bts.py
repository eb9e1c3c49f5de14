"""The Bureau of Transportation Statistics: flights by month, and the names of airlines.

Flights are the table "Reporting Carrier On-Time Performance (1987-present)": one zip file per month with one CSV file
of every scheduled domestic flight of the carriers that must report. The fields are described at
https://www.transtats.bts.gov/Fields.asp?gnoyr_VQ=FGJ. Airlines are the lookup table `L_UNIQUE_CARRIERS`.
"""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

from ontime.lake import RawFile
from ontime.lake.lines import MAXIMUM_BYTES
from ontime.months import month_after
from ontime.settings import settings
from ontime.sources import http, zips
from ontime.sources.base import DownloadFailed, Published

FIRST_MONTH = "1987-10"
#: First and last month of a gap. The address has no files for these months; the reason is unknown.
MISSING_MONTHS = ("1990-01", "1999-12")
#: Months between a month and its publication.
PUBLICATION_LAG_MONTHS = 2
#: The fastest level: the next levels take twice the time and save a tenth of the size.
GZIP_LEVEL = 1


class WrongMonth(DownloadFailed):
    """The server sent a month that was not requested."""


class Flights:
    """A month of flights: the CSV file from the zip, gzip-compressed (250 MB shrink to a sixth)."""

    def fetch(self, month: str, /, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write the month to ``target``. Returns None if ``previous`` is still current.

        Raises :class:`ontime.sources.base.NotPublished`, or :class:`DownloadFailed` if the zip is damaged or holds
        another month.
        """
        year, number = (int(part) for part in month.split("-"))
        url = settings.bts_flights_url.format(year=year, month=number)
        archive, table = target.with_name("flights.zip"), target.with_name("table.csv")
        published = http.fetch(url, archive, previous, hint=_why_missing(month))
        if published is None:
            return None
        try:
            zips.extract_single_csv(archive, table)
        except DownloadFailed as problem:
            raise type(problem)(f"{url}: {problem}") from problem
        _check_month(url, table, month)
        with table.open("rb") as content, zips.gzip_writer(target, GZIP_LEVEL) as compressed:
            shutil.copyfileobj(content, compressed, 1024**2)
        return published


class Airlines:
    """The table of all carriers that ever had a code of the Bureau, stored byte for byte."""

    def fetch(self, partition: str, /, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write the table to ``target``. Returns None if ``previous`` is still current."""
        return http.fetch(settings.bts_airlines_url, target, previous)


def _why_missing(month: str) -> str:
    """When to expect a month that the server does not have, or why it is missing."""
    by_hand = (
        "Export it by hand (https://www.transtats.bts.gov, On-Time database) and serve it with "
        "ONTIME_SOURCE=folder, or leave it out."
    )
    if month < FIRST_MONTH:
        return f"The table begins in {FIRST_MONTH}."
    if MISSING_MONTHS[0] <= month <= MISSING_MONTHS[1]:
        return f"The years 1990 to 1999 are not published at this address. {by_hand}"
    expected = month
    for _ in range(PUBLICATION_LAG_MONTHS):
        expected = month_after(expected)
    if f"{datetime.now(UTC):%Y-%m}" <= expected:
        return f"A month is published about two months after it ends: expect {month} at the end of {expected}."
    return f"It was due in {expected}: look at https://www.transtats.bts.gov. {by_hand}"


def _check_month(url: str, table: Path, month: str) -> None:
    """Raise :class:`WrongMonth` if the first row is of another month; the cleaning rejects other wrong rows."""
    with table.open("rb") as lines:
        header, row = (next(csv.reader([lines.readline(MAXIMUM_BYTES).decode(errors="replace")]), []) for _ in range(2))
    first = dict(zip(header, row, strict=False))
    if "Year" not in first or "Month" not in first:
        return  # The raw gate reports an unknown or empty table in full.
    sent = f"{first['Year']}-{first['Month']:0>2}"
    if sent != month:
        raise WrongMonth(
            f"{url} holds {sent} instead of {month}: nothing was stored. The server does this at times; try again "
            "later."
        )
