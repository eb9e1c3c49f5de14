"""Eight people click through all pages at once: no error, and memory that stays flat.

``ONTIME_TEST_CLICKING_SECONDS=300`` lets them click for five minutes.
"""

import os

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from bench.studies import people
from ml.registry import champion, store
from tests.dashboard import made
from tests.dashboard.running import running_dashboard
from tests.dashboard.test_model import CARD
from tests.ml.registry import made as registry

pytestmark = pytest.mark.more

USERS = 8
SECONDS = float(os.environ.get("ONTIME_TEST_CLICKING_SECONDS", "60"))
MEMORY_BYTES = 350 * 2**20


#: What the page Model reads of a card, besides what the registry reads.
SHOWN = ("candidate", "flights", "base_rate", "split", "scores", "intervals")


@pytest.fixture
def dashboard(data_dir, tmp_path, monkeypatch):
    """The dashboard of a year with causes, predictions and a champion."""
    card = registry.card
    monkeypatch.setattr(registry, "card", lambda *of: card(*of) | {name: CARD[name] for name in SHOWN})
    made.publish_flights(last="2013-12-31", causes=True)
    made.publish_predictions(tmp_path)
    registry.save("one", DummyClassifier(strategy="prior").fit(np.zeros((100, 1)), np.arange(100) < 25))
    champion.write(champion.promoted(None, "one", store._checked("one"), "the first model"))
    with running_dashboard(data_dir, tmp_path / "dashboard.log") as running:
        yield running


def test_eight_people_at_once_see_no_error_and_memory_stays_flat(dashboard, chromium):
    seen = people.click(chromium, dashboard.address, dashboard.pid, USERS, SECONDS)
    assert seen.problems == ()
    assert max(seen.memory) <= MEMORY_BYTES, [round(one / 2**20) for one in seen.memory]
    assert seen.growth < 1.05, [round(one / 2**20) for one in seen.memory]
