"""The tables of settings, executors and a national decade, with figures calculated by hand."""

import pytest

from bench.studies import cluster, defaults, large
from bench.studies.measure import Cost
from bench.studies.programs import NEEDED, submission, submission_with_defaults
from spark_jobs.engine.session import LARGE_BATCH_OPTIONS, LARGE_BATCH_ROWS, SMALL_BATCH_OPTIONS


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_settings_are_compared_by_their_medians():
    runs = {
        "Spark's own": [Cost(60.0, 30.0, 0), Cost(50.0, 40.0, 0), Cost(90.0, 35.0, 0)],
        "the project's": [Cost(33.0, 21.0, 0), Cost(27.0, 14.0, 0), Cost(30.0, 28.0, 0)],
    }
    assert [cells(line) for line in defaults.rows("2013-01", runs)] == [
        ["2013-01", "Spark's own", "60.0", "1.00", "35.0", "1.00"],
        ["2013-01", "the project's", "30.0", "0.50", "21.0", "0.60"],
    ]


def test_executors_are_compared_with_one():
    runs = [cluster.Run(1, Cost(40.0, 50.0, 0)), cluster.Run(2, Cost(44.0, 30.0, 0))]
    assert [cells(line) for line in cluster.table(runs).splitlines()[2:]] == [
        ["1", "50.0", "1.00", "40.0", "1.00"],
        ["2", "30.0", "0.60", "44.0", "1.10"],
    ]


def test_a_decade_has_seconds_and_memory_of_every_stage():
    title, _, *lines = large.table(12, 7_000_000, [large.Stage("publish", Cost(1234.4, 56.7, 3 * 2**30))]).splitlines()
    assert title == "12 months, 7,000,000 flights."
    assert cells(lines[-1]) == ["publish", "1,234", "57", "3,072"]


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        pytest.param(LARGE_BATCH_ROWS - 1, SMALL_BATCH_OPTIONS, id="few rows, quick compiler"),
        pytest.param(LARGE_BATCH_ROWS, LARGE_BATCH_OPTIONS, id="many rows, full compiler"),
    ],
)
def test_a_submission_has_java_options_for_its_number_of_rows(rows, options):
    [option] = [word for word in submission("flights", "2013-01", rows=rows) if "extraJavaOptions" in word]
    assert option.startswith(f"spark.driver.extraJavaOptions={options}")


def test_spark_s_own_settings_are_used_unless_the_result_depends_on_them():
    command = submission_with_defaults("flights", "2013-01")
    assert sorted(word.split("=")[0] for word in command if "=" in word) == sorted(NEEDED)
    assert command[-2:] == submission("flights", "2013-01")[-2:] == ["flights", "2013-01"]
