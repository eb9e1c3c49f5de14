"""Random kills and random pairs of steps over the whole chain.

The chain is real: download, gates, Spark, dbt, publication and training of three thinned months. The seed is printed.
"""

import pytest

from tests.faults.fault import Fault, Verdict
from tests.faults.random_faults import Trials

SEED = 20261127

FAULTS = [
    Fault("a step killed before a random file operation, or at a random instant", "every step", Verdict.HEALED),
    Fault("two steps at once, the second one at a random instant", "every pair of steps", Verdict.WAITS),
]

pytestmark = pytest.mark.more


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Trials:
    print(f"seed {SEED}")
    return Trials(tmp_path_factory.mktemp("trials"), SEED)


@pytest.mark.parametrize("number", range(12))
def test_a_killed_step_ends_right_when_it_runs_again(trials, number):
    print(trials.kill())


@pytest.mark.parametrize("number", range(4))
def test_two_steps_at_once_end_right(trials, number):
    print(trials.pair())
