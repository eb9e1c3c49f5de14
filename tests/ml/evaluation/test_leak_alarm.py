from datetime import date

import pytest

from ml.evaluation.leak_alarm import LeakSuspected, check_at_departure, check_for_leaks
from ml.evaluation.split import Split

YEAR = Split("months", date(2013, 1, 1), date(2013, 10, 1), date(2013, 11, 1), date(2013, 12, 31))
ONE_MONTH = Split("days", date(2013, 1, 1), date(2013, 1, 23), date(2013, 1, 27), date(2013, 1, 31))


@pytest.mark.parametrize(
    ("split", "climatology", "candidate"),
    [
        pytest.param(YEAR, 0.607, 0.776, id="just above the limit"),
        pytest.param(YEAR, 0.607, 0.8, id="far above the limit"),
        pytest.param(YEAR, 0.69, 0.856, id="stormy months, gain above 0.165"),
        pytest.param(ONE_MONTH, 0.60, 0.91, id="a few test days, gain above 0.30"),
    ],
)
def test_a_score_that_is_too_good_raises_the_alarm(split, climatology, candidate):
    with pytest.raises(LeakSuspected, match=r"'trees'.*Nothing was saved"):
        check_for_leaks({"climatology": climatology, "trees": candidate}, split)


@pytest.mark.parametrize(
    ("split", "climatology", "candidate"),
    [
        pytest.param(YEAR, 0.607, 0.76, id="the champion of 2013"),
        pytest.param(YEAR, 0.607, 0.775, id="exactly the limit"),
        pytest.param(YEAR, 0.684, 0.84, id="stormy months, gain below 0.165"),
        pytest.param(ONE_MONTH, 0.599, 0.89, id="a few test days, gain below 0.30"),
    ],
)
def test_an_honest_score_passes(split, climatology, candidate):
    check_for_leaks({"climatology": climatology, "trees": candidate}, split)


def test_a_model_that_knows_the_departure_delay_has_a_higher_limit():
    check_at_departure(0.925)
    with pytest.raises(LeakSuspected, match=r"above 0\.925"):
        check_at_departure(0.926)
