"""The table of the dashboard's speed, with figures calculated by hand, and the moves of a slider."""

import pytest

from bench.studies.dashboard import Row, moves, table
from bench.studies.people import Clicking


@pytest.mark.parametrize(
    ("row", "line"),
    [
        pytest.param(
            # Of 21 values, the 20th is the 95th percentile: 19 of the 20 steps from the first to the last.
            Row("query", [float(value) for value in range(1, 22)], 19, "ms"),
            "| query | 21 | 11 ms | 20 ms | ≤ 19 ms | **missed** |",
            id="missed by 1 ms",
        ),
        pytest.param(
            Row("first chart", [1.0, 2.0, 3.0], 4, "s"),
            "| first chart | 3 | 2.00 s | 2.90 s | ≤ 4.00 s |  |",
            id="reached",
        ),
        pytest.param(
            Row("growth", [1.05], 1.05, "×"), "| growth | 1 | 1.05 × | 1.05 × | ≤ 1.05 × |  |", id="one value"
        ),
    ],
)
def test_a_row_says_whether_the_goal_is_missed(row, line):
    assert table([row]).splitlines()[-1] == line


@pytest.mark.parametrize("months", [12, 120])
def test_each_move_shows_a_range_that_was_not_shown_before(months):
    ends, shown = [0, months - 1], {(0, months - 1)}
    for handle, key in moves(months, 30):
        ends[handle] += 1 if key == "ArrowRight" else -1
        assert 0 <= ends[0] < ends[1] < months
        shown.add(tuple(ends))
    assert len(shown) == 31


def test_growth_compares_the_last_quarter_with_the_second():
    memory = [100, 150, 200, 202, 198, 190, 180, 170, 160, 210, 212, 208]
    # Second quarter: 202, 198, 190, its median 198. Last quarter: 210, 212, 208, its median 210.
    assert Clicking(8, 12, 0, memory, ()).growth == pytest.approx(210 / 198)
