"""The Bureau of Transportation Statistics: flights by month, and the names of airlines.

Flights are the table "Reporting Carrier On-Time Performance (1987-present)": a zip file a month with one
CSV file of every scheduled domestic flight of the carriers that must report. The fields are described at
https://www.transtats.bts.gov/Fields.asp?gnoyr_VQ=FGJ. Airlines are the lookup table `L_UNIQUE_CARRIERS`.
"""

import csv
import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources import http
from ontime.sources.base import DownloadFailed, NotPublished, Published

FIRST_MONTH = "1987-10"
#: Not at this address, for whatever reason; the rest of the table is.
MISSING_MONTHS = ("1990-01", "1999-12")
#: How many months after its own a month is published.
PUBLICATION_LAG_MONTHS = 2
#: The fastest level: the next ones take twice the time for a tenth less.
GZIP_LEVEL = 1


class WrongMonth(DownloadFailed):
    """The server has sent another month than it was asked for."""


def flights(month: str, target: Path, known: lake.RawFile | None) -> Published | None:
    """A month of flights: the CSV file of the zip, gzip'ed (250 MB become a sixth)."""
    year, number = (int(part) for part in month.split("-"))
    url = settings.bts_flights_url.format(year=year, month=number)
    archive, table = target.with_name("flights.zip"), target.with_name("table.csv")
    fetched = http.fetch(url, archive, http.fetched_before(url, known), hint=_when(month))
    if not fetched.is_modified:
        return None
    try:
        http.extract_single_csv(archive, table)
    except DownloadFailed as problem:
        raise type(problem)(f"{url}: {problem}") from problem
    _check_month(url, table, month)
    # Without a name and a time, so that the same content makes the same file.
    with table.open("rb") as content, target.open("wb") as file, gzip.GzipFile("", "wb", GZIP_LEVEL, file, 0) as packed:
        shutil.copyfileobj(content, packed, 1024**2)
    return Published(url, fetched.etag, fetched.last_modified)


def airlines(partition: str, target: Path, known: lake.RawFile | None) -> Published | None:
    """Every carrier that the Bureau has ever had a code for, as it is published."""
    if partition != ALL:
        raise NotPublished(f"airlines is one table, not monthly: its only partition is '{ALL}'.")
    url = settings.bts_airlines_url
    fetched = http.fetch(url, target, http.fetched_before(url, known))
    return Published(url, fetched.etag, fetched.last_modified) if fetched.is_modified else None


def _when(month: str) -> str:
    """What to say about a month that is not there."""
    by_hand = (
        "Export it by hand (https://www.transtats.bts.gov, On-Time database) and serve it with "
        "ONTIME_SOURCE=folder, or leave it out."
    )
    if month < FIRST_MONTH:
        return f"The table begins in {FIRST_MONTH}."
    if MISSING_MONTHS[0] <= month <= MISSING_MONTHS[1]:
        return f"The years 1990 to 1999 are not published at this address. {by_hand}"
    expected = _months_later(month, PUBLICATION_LAG_MONTHS)
    if f"{datetime.now(UTC):%Y-%m}" <= expected:
        return f"A month is published about two months after it has ended: expect {month} at the end of {expected}."
    return f"It should have been there since {expected}: look at https://www.transtats.bts.gov. {by_hand}"


def _months_later(month: str, count: int) -> str:
    year, number = (int(part) for part in month.split("-"))
    index = year * 12 + number - 1 + count
    return f"{index // 12}-{index % 12 + 1:02d}"


def _check_month(url: str, table: Path, month: str) -> None:
    """Stop another month before it becomes this one's current version. Single stray rows are the cleaning's."""
    with table.open("rb") as lines:
        header, row = (next(csv.reader([lines.readline().decode(errors="replace")]), []) for _ in range(2))
    first = dict(zip(header, row, strict=False))
    if "Year" not in first or "Month" not in first:
        return  # not the table that we know, or an empty one: the raw gate says so in full
    sent = f"{first['Year']}-{first['Month']:0>2}"
    if sent != month:
        raise WrongMonth(
            f"{url} holds {sent} instead of {month}: nothing was stored. The server does so at times; try again later."
        )
