"""The bands of volume: which counts stop a month, which only warn, and with which sentence."""

from dataclasses import replace

import duckdb
import pytest

from expectations import bands, volume
from ontime.datasets import DATASETS

#: The counts of a usual month.
USUAL = {
    ("rows", ""): 1000,
    ("cancelled", ""): 100,
    ("airline", "UA"): 400,
    ("airline", "HA"): 30,
    ("origin", "JFK"): 500,
    ("origin", "EWR"): 120,
    ("destination", "BOS"): 600,
    ("destination", "CHS"): 200,
    ("station", "JFK"): 700,
    ("part", "line_code K1"): 500,
    ("part", "line_code K2"): 100,
    ("commonest departure delay", ""): 0.08,
    ("commonest arrival delay", ""): 0.03,
}
NEAR = "in a month near it"
PUBLISHED = "in its published version"


def judged(changed, nearby=USUAL, before=None, published=None) -> dict[str, bool]:
    """The sentences about a usual month with some counts changed (None: missing), and whether each stops it."""
    counts = {key: value for key, value in {**USUAL, **changed}.items() if value is not None}
    findings = bands.judge("2020-05", counts, nearby, before or {}, published or {})
    return {finding.sentence: finding.stops for finding in findings}


@pytest.mark.parametrize(
    ("measure", "name", "inside", "outside", "sentence", "stops"),
    [
        ("rows", "", 800, 799, f"799 rows in 2020-05; {NEAR} 1,000", True),
        ("rows", "", 1500, 1501, f"1,501 rows in 2020-05; {NEAR} 1,000", False),
        ("cancelled", "", 5, 4, f"4 cancelled flights in 2020-05; {NEAR} 100", False),
        ("airline", "UA", 200, 199, f"199 flights of UA in 2020-05; {NEAR} 400", True),
        ("airline", "HA", 1, None, f"no flights of HA in 2020-05; {NEAR} 30", True),
        ("origin", "JFK", 250, 249, f"249 flights from JFK in 2020-05; {NEAR} 500", True),
        ("origin", "EWR", 1, None, f"no flights from EWR in 2020-05; {NEAR} 120", True),
        ("part", "line_code K1", 250, 249, f"249 rows with line_code K1 in 2020-05; {NEAR} 500", True),
        ("part", "line_code K2", 1, None, f"no rows with line_code K2 in 2020-05; {NEAR} 100", True),
        ("destination", "BOS", 300, 299, f"299 flights to BOS in 2020-05; {NEAR} 600", True),
        ("destination", "CHS", 40, 39, f"39 flights to CHS in 2020-05; {NEAR} 200", True),
        (
            *("commonest departure delay", "", 0.16, 0.17),
            *(f"17% of the flights in 2020-05 have the same departure delay; {NEAR} 8.0%", True),
        ),
        (
            *("commonest arrival delay", "", 0.06, 0.07),
            *(f"7% of the flights in 2020-05 have the same arrival delay; {NEAR} 3.0%", True),
        ),
    ],
)
def test_a_count_outside_its_band_against_the_months_nearby(measure, name, inside, outside, sentence, stops):
    assert judged({(measure, name): inside}) == {}
    assert judged({(measure, name): outside}) == {sentence: stops}


@pytest.mark.parametrize(
    ("measure", "name", "inside", "outside", "sentence", "stops"),
    [
        ("rows", "", 980, 979, f"979 rows in 2020-05; {PUBLISHED} 1,000", True),
        ("rows", "", 1100, 1101, f"1,101 rows in 2020-05; {PUBLISHED} 1,000", False),
        ("airline", "UA", 360, 359, f"359 flights of UA in 2020-05; {PUBLISHED} 400", True),
        ("origin", "JFK", 450, 449, f"449 flights from JFK in 2020-05; {PUBLISHED} 500", True),
        ("destination", "BOS", 540, 539, f"539 flights to BOS in 2020-05; {PUBLISHED} 600", True),
    ],
)
def test_a_count_outside_its_band_against_the_published_version(measure, name, inside, outside, sentence, stops):
    assert judged({(measure, name): inside}, nearby={}, published=USUAL) == {}
    assert judged({(measure, name): outside}, nearby={}, published=USUAL) == {sentence: stops}


@pytest.mark.parametrize(
    ("measure", "name", "usual"),
    [("airline", "UA", 24), ("origin", "JFK", 99), ("destination", "BOS", 99), ("rows", "", 0)],
)
def test_what_is_rare_in_the_months_nearby_is_not_judged(measure, name, usual):
    assert judged({(measure, name): None, ("rows", ""): 1000}, nearby={(measure, name): usual}) == {}


def test_a_month_in_line_with_the_month_before_passes():
    smaller = {("rows", ""): 700, ("airline", "UA"): 150}
    assert judged(smaller, before={**USUAL, **smaller}) == {f"700 rows in 2020-05; {NEAR} 1,000": False}
    assert judged(smaller, before=USUAL) == {
        f"700 rows in 2020-05; {NEAR} 1,000": True,
        f"150 flights of UA in 2020-05; {NEAR} 400": True,
    }


CRISIS = {**USUAL, ("rows", ""): 500, ("cancelled", ""): 200, ("airline", "UA"): 200}


def test_a_crisis_warns_unless_an_airline_has_vanished():
    thinner = {("rows", ""): 500, ("airline", "UA"): 150}
    reason = " in a month with many cancellations"
    warned = {
        f"500 rows in 2020-05; {NEAR} 1,000{reason}": False,
        f"150 flights of UA in 2020-05; {NEAR} 400{reason}": False,
    }
    assert judged({**thinner, ("cancelled", ""): 75}) == warned, "15 % of the flights are cancelled"
    assert set(judged({**thinner, ("cancelled", ""): 74}).values()) == {True}
    gone = judged({**thinner, ("cancelled", ""): 75, ("airline", "HA"): None})
    assert gone == {f"no flights of HA in 2020-05; {NEAR} 30": True, **warned}
    assert next(iter(gone.values())), "what stops the month comes first"


def test_the_month_after_a_crisis_is_compared_with_the_flights_that_were_flown():
    # 500 were scheduled in the crisis and 300 flown. The next month schedules 280, and cancels few of them.
    recovery = {("rows", ""): 280, ("cancelled", ""): 10, ("airline", "UA"): 110}
    assert judged(recovery, before=CRISIS) == {f"280 rows in 2020-05; {NEAR} 1,000": False}
    assert judged({**recovery, ("rows", ""): 239}, before=CRISIS)[f"239 rows in 2020-05; {NEAR} 1,000"]
    without_crisis = {**CRISIS, ("cancelled", ""): 74}
    assert judged(recovery, before=without_crisis)[f"280 rows in 2020-05; {NEAR} 1,000"]
    gone = judged({**recovery, ("airline", "UA"): None}, before=CRISIS)
    assert gone[f"no flights of UA in 2020-05; {NEAR} 400"]


def test_usual_is_the_median_and_a_missing_count_is_0():
    months = [{("rows", ""): 10, ("airline", "UA"): 4}, {("rows", ""): 30}, {("rows", ""): 20, ("airline", "UA"): 2}]
    assert bands.usual(months) == {("rows", ""): 20, ("airline", "UA"): 2}
    assert bands.usual([]) == {}


def test_the_texts_in_the_key_of_a_new_dataset_are_counted(monkeypatch):
    monkeypatch.setitem(DATASETS, "buoys", replace(DATASETS["weather"], name="buoys"))
    rows = "(values ('A', 1), ('A', 2), ('B', 3)) as rows(airport_code, observed_at)"
    assert volume._count(duckdb.sql(f"from {rows}"), "buoys") == {
        ("rows", ""): 3,
        ("part", "airport_code A"): 2,
        ("part", "airport_code B"): 1,
    }
