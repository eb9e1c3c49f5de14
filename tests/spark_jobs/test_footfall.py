"""Pedestrians of Auckland: the job on rows of the publisher's file, and on a spoiled one."""

import csv

import pytest

from ontime.settings import PROJECT_DIR
from spark_jobs import footfall

PARTITION = "2019-01"


def rows():
    file = PROJECT_DIR / "tests" / "published" / "footfall.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        records = csv.DictReader(lines, delimiter=",")
        return [{name: None if text in ("", "NA") else text for name, text in record.items()} for record in records]


@pytest.fixture(scope="module")
def batch(cleaned):
    """Every row of the file, and the first one again with a spoiled value."""
    first, *others = rows()
    spoiled = first | {"45 Queen Street": "many"}
    return cleaned(footfall, [first, *others, spoiled], PARTITION, "footfall")


def test_the_publishers_rows_are_clean(batch):
    good, _ = batch
    assert len(good) == len(rows()) == 20
    values = [row.footfall_45_queen_street for row in good if row.footfall_45_queen_street is not None]
    assert sum(values) == pytest.approx(14983.0)


def test_a_spoiled_row_is_quarantined_with_its_reason(batch):
    _, bad = batch
    assert [row.reason for row in bad] == ["invalid_number"]
