"""Every incident is proven: untouched fails, the solution passes, each wrong repair fails with the check it names."""

import pytest

from incidents.engine.incident import OF_THE_MODEL, incidents
from incidents.engine.prove import Workshop, prove


@pytest.fixture(scope="module")
def workshop():
    with Workshop(*OF_THE_MODEL) as workshop:
        yield workshop


@pytest.mark.more
@pytest.mark.parametrize("name", incidents())
def test_every_incident_is_proven(name, workshop):
    before = workshop.runner.cpu_seconds
    wrong = {graded: problem for graded, problem in prove(incidents()[name], workshop) if problem}
    print(f"{name}: {workshop.runner.cpu_seconds - before:.0f} s of processor time")
    if "incident" in wrong:
        pytest.skip(wrong["incident"])
    assert wrong == {}
