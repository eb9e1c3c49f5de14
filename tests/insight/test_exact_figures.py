"""Every figure of dashboard and site equals the same counted from single flights, in whole numbers."""

import pandas as pd
import pytest

from insight.figure import QUERIES_DIR
from ml.monitoring import outcomes, performance
from tests.insight import exact

#: Validation until 19 January, test until 9 February, then new days.
SPLIT = {"validation_start": "2013-01-01", "test_start": "2013-01-20", "test_end": "2013-02-09"}
CARD = {
    "candidate": "rule",
    "split": SPLIT,
    "scores": {"rule": {"test": dict.fromkeys(performance.JUDGED_AS, 0.5)}},
    "intervals": {"rule": dict.fromkeys(performance.JUDGED_AS, (0.4, 0.6))},
    "threshold": {"validation": {"threshold": 0.25}},
}


@pytest.fixture(scope="module")
def monitored(two_months):
    """The two months with the monitoring tables of their predictions."""
    predictions = two_months.execute("""
        SELECT strftime(flight_date, '%Y-%m') AS month, flight_date::timestamp AS flight_date, delay_probability,
            is_arrival_delayed, airline_code, origin_airport_code,
            hour(scheduled_departure_local_at)::integer AS scheduled_departure_hour
        FROM marts.fct_flights JOIN predictions.ml.flight_delay_predictions USING (flight_key)
        ORDER BY flight_date, flight_key
    """).df().astype({"is_arrival_delayed": "boolean"})  # fmt: skip
    tables: dict[str, pd.DataFrame] = {
        "model_performance": performance.by_month(predictions, CARD),
        **{f"model_{name}": table for name, table in outcomes.tables(predictions, CARD).items()},
    }
    two_months.execute("ATTACH IF NOT EXISTS ':memory:' AS monitoring")
    two_months.execute("CREATE SCHEMA IF NOT EXISTS monitoring.ml")
    for name, table in tables.items():
        two_months.register("made_table", table.round(6))
        two_months.execute(f"CREATE OR REPLACE TABLE monitoring.ml.{name} AS FROM made_table")
    exact.add_scored(two_months, SPLIT["test_start"], SPLIT["test_end"])
    return two_months


def test_every_figure_is_compared_or_has_a_reason():
    names = {file.stem for file in QUERIES_DIR.glob("*.sql")}
    assert exact.CASES.keys() | exact.NOT_OF_FLIGHTS.keys() == names


@pytest.mark.parametrize("name", exact.CASES)
def test_the_figure_equals_the_flights(monitored, name):
    rows, differences = exact.compare(monitored, name)
    assert differences == []
    assert rows > 0


@pytest.mark.parametrize("name", exact.CASES)
def test_no_whole_number_is_left_out(monitored, name):
    assert exact.uncovered(monitored, name) == set()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            "UPDATE marts.agg_airline_daily SET arrival_delayed_count = arrival_delayed_count + 1 WHERE rowid = 0",
            "months {}: figure [(datetime.date(2013, 1, 1), 7, 7, 4, 0, 0.5714285714285714)], "
            "flights [(datetime.date(2013, 1, 1), 7, 7, 3, 0, 0.42857142857142855)]",
            id="one late flight more",
        ),
        pytest.param(
            "DELETE FROM marts.agg_airline_daily WHERE flight_date = '2013-02-05'",
            "months {}: figure [], flights [(datetime.date(2013, 2, 1), 2, 2, 0, 0, 0.0)]",
            id="a month less",
        ),
    ],
)
def test_a_wrong_count_is_seen(warehouse_of, change, message):
    flights = [("A", "EWR", "BOS", "2013-01-05", 7, 3), ("B", "EWR", "BOS", "2013-02-05", 2, 0)]
    with warehouse_of(flights) as connection:
        assert exact.compare(connection, "months") == (2, [])
        connection.execute(change)
        [difference] = exact.compare(connection, "months")[1]
    assert difference == message
