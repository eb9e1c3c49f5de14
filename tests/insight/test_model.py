"""The figures about the model, from monitoring tables with a few rows that can be checked by eye."""

import duckdb
import pytest

from insight import model

TABLES = {
    "model_reliability": """
        ('test', 0.0, 1000, 0.05, 0.06, 0.04, 0.08), ('test', 0.9, 40, 0.95, 0.85, 0.80, 0.90),
        ('new', 0.0, 5, 0, 0, 0, 0)
        ) AS rows (part, lowest_probability, flights, mean_probability, late_share, late_share_low, late_share_high)""",
    "model_lift": """
        ('test', 0.05, 50, 40, 0.8, 0.2, 4.0), ('test', 0.1, 100, 60, 0.6, 0.3, 3.0),
        ('test', 1.0, 1000, 200, 0.2, 1, 1)
        ) AS rows (part, flagged_share, flights, late_flights, late_share, caught_share, lift)""",
    "model_cost": """
        ('test', 0.2, false, 0.4, 0.4, 0.8, 47.0, 60.0, 80.0), ('test', 0.25, true, 0.3, 0.5, 0.7, 48.0, 60.0, 80.0)
        ) AS rows (part, threshold, is_champions, flagged_share, precision, recall, cost, cost_of_flagging_none,
                   cost_of_flagging_all)""",
    "model_slices": """
        ('test', 'airline', 'UA', 900, 0.20, 0.21, 0.01, -0.01, 0.03),
        ('test', 'airline', 'WN', 500, 0.30, 0.23, -0.07, -0.09, -0.05),
        ('test', 'airline', 'OO', 99, 0.10, 0.50, 0.40, 0.30, 0.50),
        ('test', 'hour', '6', 700, 0.05, 0.05, 0.0, -0.01, 0.01)
        ) AS rows (part, dimension, value, flights, late_share, mean_probability, bias, bias_low, bias_high)""",
    "model_performance": """
        ('2013-11', 'test', 100, 0.2, 'brier', 0.12, 'skill', 0.2, 0.15, 0.25, 0.2, 0.15, 0.25, 'part of the promise'),
        ('2013-12', 'new', 100, 0.3, 'brier', 0.20, 'skill', 0.05, 0.01, 0.09, 0.20, 0.15, 0.25, 'worse'),
        ('2014-01', 'new', 0, NULL, 'brier', NULL, 'skill', NULL, NULL, NULL, 0.20, 0.15, 0.25, 'unknown')
        ) AS rows (month, part, labelled, base_rate, score, value, judged_as, judged, judged_low, judged_high,
                   judged_promised, judged_promised_low, judged_promised_high, status)""",
    "feature_drift": """
        ('wind', '2013-12', 0.30, 0.0, 0.03, 0.2, 0.045, 0.03, 'drifted'),
        ('rain', '2013-12', 0.05, 0.018, 0.0, 0.2, 0.045, 0.03, 'ok'),
        ('hour', '2013-12', 0.01, 0.0, 0.0, 0.1, 0.045, 0.03, 'ok')
        ) AS rows (feature, month, psi, missing_share, unseen_share, psi_limit, missing_share_limit, unseen_share_limit,
                   status)""",
    "score_drift": """
        ('2013-12', 0.02, 0.0, 0.0, 0.2, 0.045, 0.03, 'ok')
        ) AS rows (month, psi, missing_share, unseen_share, psi_limit, missing_share_limit, unseen_share_limit,
                   status)""",
}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS monitoring")
        connection.execute("CREATE SCHEMA monitoring.ml")
        for name, rows in TABLES.items():
            connection.execute(f"CREATE TABLE monitoring.ml.{name} AS SELECT * FROM (VALUES {rows}")
        yield connection


@pytest.mark.parametrize(
    ("recipe", "choices", "rows", "alt"),
    [
        pytest.param(
            model.RELIABILITY,
            {"part": "test"},
            2,
            "Of 1,000 flights with a mean probability of 5.0 %, 6.0 % were late. Of 40 flights with a mean probability "
            "of 95.0 %, 85.0 % were late. The interval of the late share holds the probability in 1 of 2 groups.",
            id="reliability",
        ),
        pytest.param(
            model.LIFT,
            {"part": "test"},
            3,
            "The tenth of the flights with the highest probabilities (100 flights) has 30.0 % of all late flights: "
            "3.00 times as many as a tenth taken by chance.",
            id="lift",
        ),
        pytest.param(
            model.COST,
            {"part": "test"},
            2,
            "Flagging from 25.0 % on, the threshold chosen on the validation part, costs 48.0 per 100 flights; the "
            "cheapest threshold here costs 47.0, flagging no flight 60.0, every flight 80.0.",
            id="cost",
        ),
        pytest.param(
            model.SLICES,
            {"part": "test", "dimension": "airline"},
            2,
            "Of 2 groups, these differ from 0 beyond their interval: WN (-7.0 points).",
            id="slices, without a small one",
        ),
        pytest.param(
            model.SLICES,
            {"part": "test", "dimension": "hour"},
            1,
            "For all 1 group the interval of the difference holds 0.",
            id="no slice is off",
        ),
        pytest.param(
            model.MONTHS,
            {"score": "brier"},
            3,
            "2013-12: 0.050 (95 % interval 0.010 to 0.090); the test promised 0.200. Worse than promised: 2013-12.",
            id="months",
        ),
        pytest.param(
            model.DRIFT,
            {"features": 2},
            2,
            "Drifted: wind in 2013-12. Nearest to its limit: wind in 2013-12, 150.0 %.",
            id="drift",
        ),
    ],
)
def test_a_figure_and_its_text(connection, recipe, choices, rows, alt):
    figure = recipe.figure(connection, **choices)
    assert (len(figure.rows), figure.alt) == (rows, alt)
    assert figure.chart.to_dict()["$schema"]


@pytest.mark.parametrize(
    ("recipe", "choices", "alt"),
    [
        (model.RELIABILITY, {"part": "none"}, "No flights have arrived."),
        (model.LIFT, {"part": "none"}, "No flights have arrived."),
        (model.COST, {"part": "none"}, "No flights have arrived."),
        (model.SLICES, {"part": "none", "dimension": "airline"}, "No group has 100 flights that arrived."),
        (model.MONTHS, {"score": "none"}, "No month has flights that arrived."),
        (model.DRIFT, {"features": 0}, "The champion's training part has too few months to know what is ordinary."),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_figure_without_rows(connection, recipe, choices, alt):
    figure = recipe.figure(connection, **choices)
    assert (len(figure.rows), figure.alt) == (0, alt)


def test_the_drift_figure_shows_the_measure_nearest_to_its_limit(connection):
    rows = model.DRIFT.figure(connection, features=3).rows.set_index("feature")
    # wind: PSI 0.30 of 0.20; rain: missing 0.018 of 0.045; score: PSI 0.02 of 0.20, as much as hour's 0.01 of 0.1
    assert rows["limit_used"].round(3).to_dict() == {"wind": 1.5, "rain": 0.4, "hour": 0.1}


def test_alarms_name_the_month_the_scores_and_the_features(connection):
    assert model.alarms(connection) == [
        "2013-12 is worse than the test promised: skill of Brier.",
        "Drifted in 2013-12: wind.",
    ]
    connection.execute("UPDATE monitoring.ml.score_drift SET status = 'drifted'")
    connection.execute("UPDATE monitoring.ml.feature_drift SET status = 'drifted'")
    assert model.alarms(connection)[1] == "Drifted in 2013-12: hour, rain, the probabilities and 1 more."
    connection.execute("UPDATE monitoring.ml.score_drift SET status = 'ok'")
    connection.execute("UPDATE monitoring.ml.feature_drift SET status = 'shifted'")
    connection.execute("UPDATE monitoring.ml.model_performance SET status = 'part of the promise'")
    assert model.alarms(connection) == []
