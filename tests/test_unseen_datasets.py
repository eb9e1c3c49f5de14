"""`ontime dataset new` with unusual files; the published sums are those of a plain CSV reader.

Counts of cars from a server: pipes, a byte order mark, seconds on the clocks of St. John's, a key of three columns, a
header with blanks, umlauts and a keyword of SQL. Receipts in a folder: decimal commas, 30 columns, quoted texts with
delimiters and line breaks. Countries: one table with tabs, and codes that begin with 0.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from tests.code_copy import Copy

pytestmark = [pytest.mark.more, pytest.mark.timeout(600)]

Rows = list[dict[str, str]]


@pytest.fixture
def published(tmp_path) -> Path:
    """The publishers' files."""
    chance, folder = Random(5), tmp_path / "published"
    for month in ("03", "04"):
        cars = [
            f"{day:02d}/{month}/2024 {hour:02d}:15:30|{place}|{lane}|{chance.randint(0, 999)}|NA"
            for day in range(1, 31)
            for hour in (0, 12, 23)
            for place in ('Süd "alt"', "Nord, neu")
            for lane in (1, 2)
        ]
        _write(folder / "2024" / f"{month}.txt", ["\ufeffZeit (örtl.)|Größe des Ziels|Spur|Anzahl Kfz|select", *cars])
    values = [f"Wert {number}" for number in range(26)]
    for month in ("01", "02"):
        receipts = []
        for number in range(200):
            text = '"eine Zeile\nund noch eine"' if number == 77 else f'"Kauf; {number} ""Stück"""'
            amount = f"{chance.randint(-99_999, 99_999) / 100:.2f}".replace(".", ",")
            day = f"{number % 28 + 1:02d}.{month}.2024"
            receipts.append(";".join([day, f"{month}-{number}", text, amount, *(str(number % 7) for _ in values)]))
        _write(
            folder / "receipts" / f"2024-{month}.csv",
            [";".join(["Tag", "Nr.", "Text", "Betrag €", *values]), *receipts],
        )
    countries = [f"{number:03d}\tLand {number}\t{chance.randint(1_000, 10**8)}" for number in range(150)]
    _write(folder / "countries" / "all.csv", ["Länder-Code\tName\tEinwohner", *countries])
    return folder


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8", newline="")


@pytest.fixture
def address(published) -> Iterator[str]:
    """The address of a server that has these files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(published)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def rows_of(file: Path, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> Rows:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter, quoting=quoting))


def seconds(row: dict[str, str]) -> float:
    at = datetime.strptime(row["Zeit (örtl.)"], "%d/%m/%Y %H:%M:%S")
    return at.replace(tzinfo=ZoneInfo("America/St_Johns")).timestamp()


def test_three_datasets_of_forms_that_nobody_had_in_mind(tmp_path, published, address):
    copy = Copy(tmp_path)
    copy.new(
        published / "2024" / "03.txt",
        source=f"{address}/{{year}}/{{mm}}.txt",
        name="cars",
        title="Verkehrszählung",
        license="CC0",
        time_zone="America/St_Johns",
        key="Zeit (örtl.), Größe des Ziels, Spur",
        measure="Anzahl Kfz",
    )
    copy.new(published / "receipts" / "2024-01.csv", name="receipts", title="Belege", license="none")
    copy.new(published / "countries" / "all.csv", name="countries", title="Länder", license="CC0", cadence="once")
    copy.publish("cars --from 2024-03 --to 2024-04", "receipts --from 2024-01 --to 2024-02", "countries")

    cars = [rows_of(published / "2024" / f"{month}.txt", "|", csv.QUOTE_NONE) for month in ("03", "04")]
    sums = "select row_count, anzahl_kfz_sum from marts.agg_cars_monthly order by month_start_date"
    assert copy.query(sums) == [(360, sum(int(row["Anzahl Kfz"]) for row in rows)) for rows in cars]
    instants = "select sum(epoch(zeit_ortl)), count(distinct (zeit_ortl, grosse_des_ziels, spur)) from marts.fct_cars"
    assert copy.query(instants) == [(sum(seconds(row) for rows in cars for row in rows), 720)]
    assert copy.query("select distinct grosse_des_ziels from marts.fct_cars order by 1") == [
        ("Nord, neu",),
        ('Süd "alt"',),
    ]

    # A row with a line break is two lines, and both are in quarantine.
    receipts = [rows_of(published / "receipts" / f"2024-{month}.csv", ";") for month in ("01", "02")]
    good = [[row for row in rows if "\n" not in row["Text"]] for rows in receipts]
    assert [len(rows) for rows in good] == [199, 199]
    sums = "select row_count, round(betrag_sum, 2) from marts.agg_receipts_monthly order by month_start_date"
    assert copy.query(sums) == [
        (len(rows), round(sum(float(row["Betrag €"].replace(",", ".")) for row in rows), 2)) for rows in good
    ]
    texts = "select string_agg(text, '' order by text) from marts.fct_receipts"
    assert copy.query(texts) == [("".join(sorted(row["Text"] for rows in good for row in rows)),)]
    lines = copy.data / "quarantine" / "receipts" / "*" / "*" / "*.parquet"
    assert copy.query(f"select reason, count(*) from '{lines}' group by all") == [("malformed_line", 4)]

    countries = rows_of(published / "countries" / "all.csv", "\t")
    sums = "select row_count, einwohner_sum from marts.agg_countries"
    assert copy.query(sums) == [(150, sum(int(row["Einwohner"]) for row in countries))]
    assert copy.query("select min(lander_code) from marts.fct_countries") == [("000",)]
