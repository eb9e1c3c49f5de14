"""The pages that are files, and the page of an error, in a browser: in both themes, on a phone, by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.app import app
from expectations.gate.failure import GateFailed
from expectations.validate import validate_clean
from ml.registry import card
from ontime.contract import ALL
from ontime.settings import settings
from tests.browser import VIEWS, assert_good_manners
from tests.expectations.good_data import store_good
from tests.faults.test_pages import hostile_card, saved

pytestmark = pytest.mark.more


def data_docs(page: str) -> Callable[[], Path]:
    """A page of the Data Docs after one gate that failed."""

    def make() -> Path:
        store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
        with pytest.raises(GateFailed):
            validate_clean("airlines", [ALL])
        return settings.data_docs_dir / page

    return make


def problem() -> Path:
    html = TestClient(app).get("/data-docs/none.html", headers={"accept": "text/html"}).text
    return saved(html)[0]


def model_card() -> Path:
    return saved(card._render(card.PAGE_FILE, card=hostile_card()))[0]


PAGES = {
    "index of the Data Docs": data_docs("index.html"),
    "page of the Data Docs": data_docs("clean.airlines/all.html"),
    "problem": problem,
    "model card": model_card,
}


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_has_good_manners(data_dir, visit, view, make):
    assert_good_manners(visit(make().as_uri(), view))
