"""Files in the format of the Bureau of Transportation Statistics, made from the 100 real rows beside this module."""

import csv
import io
import zipfile
from pathlib import Path

SAMPLE = Path(__file__).with_name("bts-on-time-2020-12-sample.csv")
MONTH = "2020-12"
#: Rows of the lookup table L_UNIQUE_CARRIERS, with its line ends.
AIRLINES = (
    b"Code,Description\r\n"
    b'"9E","Endeavor Air Inc."\r\n"AA","American Airlines Inc."\r\n"5Y","Atlas Air Inc."\r\n'
    b'"09Q","Swift Air, LLC d/b/a Eastern Air Lines d/b/a Eastern"\r\n"OH","PSA Airlines Inc."\r\n'
    b'"OH (1)","Comair Inc."\r\n"PA (1)","Pan American World Airways (1)"\r\n'
)


def sample_rows() -> list[dict[str, str]]:
    """The real rows: column name to value, all as text."""
    with SAMPLE.open(newline="") as lines:
        return list(csv.DictReader(lines))


def table(rows: list[dict[str, str]] | None = None) -> bytes:
    """The CSV file inside a zip: each line ends with a comma, every text is quoted. Without ``rows``, the real ones."""
    lines = SAMPLE.read_text().splitlines()
    if rows is not None:
        quoted = _quoted_columns(lines)
        lines = [lines[0], *(_line(row, quoted) for row in rows)]
    return "".join(f"{line},\n" for line in lines).encode()


def zipped(content: bytes, month: str = MONTH) -> bytes:
    """A month's zip: one CSV file and a readme."""
    year, number = (int(part) for part in month.split("-"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        name = f"On_Time_Reporting_Carrier_On_Time_Performance_(1987_present)_{year}_{number}.csv"
        archive.writestr(name, content)
        archive.writestr("readme.html", "<html><body>Background</body></html>")
    return buffer.getvalue()


def _quoted_columns(lines: list[str]) -> set[str]:
    """The columns that are quoted in the real rows, even when empty."""
    [first] = csv.reader([lines[1]], quoting=csv.QUOTE_NONE)
    names = next(csv.reader([lines[0]]))
    # City names contain a comma, so the cells are joined again until their quotes are balanced.
    cells, open_cell = [], ""
    for cell in first:
        open_cell = f"{open_cell},{cell}" if open_cell else cell
        if open_cell.count('"') % 2 == 0:
            cells.append(open_cell)
            open_cell = ""
    return {name for name, cell in zip(names, cells, strict=True) if cell.startswith('"')}


def _line(row: dict[str, str], quoted: set[str]) -> str:
    return ",".join(f'"{value}"' if name in quoted else value for name, value in row.items())
