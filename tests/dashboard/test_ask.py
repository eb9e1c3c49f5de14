"""Ask the champion: an answer with its reasons, and one sentence for every question that has no answer."""

import re

import duckdb
import numpy as np
import pytest

from dashboard import parts
from ml import answering, asking, scoring
from ml.candidates.catalog import LIGHTGBM_LOADS
from ml.features import build
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.registry import artifacts, store
from tests.dashboard.conftest import texts
from tests.dashboard.test_model import CARD, monitored  # noqa: F401 -- a fixture

pytestmark = pytest.mark.skipif(not LIGHTGBM_LOADS, reason="needs LightGBM, which needs OpenMP")

FLIGHT = "2013-01-20_UA_EWR_18"


@pytest.fixture
def trees(one_month):
    """A few trees, fitted on the published month."""
    from ml.candidates.lightgbm_trees import LightGBMTrees

    flights = build.build(one_month.path)
    flights = flights[flights[TARGET].notna()]
    model = LightGBMTrees(CATEGORICAL, trees=5, leaf_flights=20)
    return model.fit(flights[NAMES], flights[TARGET].to_numpy(dtype=bool))


@pytest.fixture
def promoted(monkeypatch):
    """Makes a model the champion, without its files. It answers in this process."""

    def promote(model):
        card = {**CARD, "features": [{"name": name} for name in NAMES]}
        monkeypatch.setattr(store, "champion_card", lambda: card)
        monkeypatch.setattr(store, "champion_version", lambda: "m1")
        monkeypatch.setattr(store, "load_champion", lambda: (model, card))
        monkeypatch.setattr(store, "verify", lambda version: None)
        monkeypatch.setattr(asking, "Asking", InThisProcess)

    return promote


class InThisProcess(answering.Answering):
    """Answers like :class:`ml.asking.Asking`, without a process."""

    def close(self) -> None:
        pass


@pytest.fixture
def champion(one_month, trees, promoted) -> answering.Answering:
    promoted(trees)
    return answering.Answering(one_month.version)


def published_flight(version, key):
    with duckdb.connect(str(version.path), read_only=True) as connection:
        return asking.published_flight(connection, key)


# -- the answer ------------------------------------------------------------------------
def test_the_contributions_sum_to_the_raw_score_of_the_batch(champion, trees, one_month):
    flights = build.build(one_month.path)
    batch = scoring.delay_probability(trees, flights[flights["flight_key"] == FLIGHT])[0]
    answer = champion.answer(published_flight(one_month, FLIGHT))
    assert answer.probability == batch
    assert answer.start + sum(one.contribution for one in answer.reasons) == pytest.approx(answer.raw_score, abs=1e-9)
    assert answer.raw_score == pytest.approx(np.log(batch / (1 - batch)), abs=1e-9)
    sizes = [abs(one.contribution) for one in answer.reasons]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0
    assert {one.feature for one in answer.reasons} == set(NAMES)
    assert next(one.value for one in answer.reasons if one.feature == "airline_code") == "UA"


def test_a_flight_that_is_not_published_is_none(one_month):
    assert published_flight(one_month, "2013-01-20_UA_EWR_19") is None


def test_another_kind_of_model_gives_no_reasons(one_month, promoted):
    promoted(constant())
    answer = answering.Answering(one_month.version).answer(published_flight(one_month, FLIGHT))
    assert (answer.probability, answer.reasons) == (0.25, ())


def constant(late=25):
    """A model that always answers with this percentage."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior").fit(np.zeros((100, 1)), np.arange(100) < late)


# -- the page --------------------------------------------------------------------------
def fill(app, **values):
    """Fill in the form and send it. The names are the labels of its fields."""
    fields = {widget.label: widget for kind in (app.selectbox, app.text_input, app.number_input) for widget in kind}
    for label, value in values.items():
        fields[label.replace("_", " ")].set_value(value)
    [button] = app.button
    return button.click().run()


@pytest.mark.parametrize("model", ["trees", "constant"])
def test_the_page_answers(open_page, one_month, monitored, promoted, trees, model):  # noqa: F811
    promoted(trees if model == "trees" else constant(3))
    app = fill(open_page("ask"), Origin="EWR", Destination="IAH", Airline="UA")
    assert not app.exception and not app.warning
    [metric] = app.metric
    assert re.fullmatch(r"\d+\.\d %", metric.value)
    if model == "constant":
        # The lowest group of the calibration table has 1,000 flights, 6 % of them late.
        assert metric.value == "3.0 %"
        assert "Of 100 such flights, about **6** were late: 1,000 flights" in texts(app)
        assert "gives no reasons" in app.info[0].value
    else:
        assert re.search(r"\*\* (raises|lowers) it \([+-]\d\.\d\d\)\. .+ Here: ", texts(app))
        assert len(app.dataframe[0].value) == len(NAMES) + 1


def test_the_form_opens_on_a_flight_that_exists(open_page, champion):
    [button] = open_page("ask").button
    app = button.click().run()
    assert not app.exception and not app.warning
    assert len(app.metric) == 1


def test_a_published_flight_by_its_key(open_page, champion, one_month):
    app = open_page("ask", flight=FLIGHT)
    assert not app.exception
    answer = champion.answer(published_flight(one_month, FLIGHT))
    assert app.metric[0].value == f"{100 * answer.probability:.1f} %"


@pytest.mark.parametrize(
    ("flight", "sentence"),
    [
        pytest.param(
            {"Origin": "EWR", "Destination": "EWR"},
            "The destination must be another airport than the origin.",
            id="origin = destination",
        ),
        pytest.param(
            {"Origin": "EWR", "Destination": "LGA"},
            "No published flight goes from EWR to LGA, so the champion cannot judge it.",
            id="no such route",
        ),
        pytest.param({"Tail_number_(optional)": "N 1"}, "tail_number: String should match pattern", id="a tail number"),
    ],
)
def test_nonsense_gets_one_sentence(open_page, champion, flight, sentence):
    app = fill(open_page("ask"), **{"Origin": "EWR", "Destination": "IAH", "Airline": "UA"} | flight)
    assert not app.exception and not app.metric
    assert len(app.warning) == 1 and app.warning[0].value.startswith(sentence)


def test_an_unknown_flight_key_gets_one_sentence(open_page, champion):
    app = open_page("ask", flight="' OR true --")
    assert [warning.value for warning in app.warning] == ["The published warehouse has no flight with this key."]


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (artifacts.ArtifactTampered("/secret/path"), "The champion cannot be verified"),
        (artifacts.UntrustedArtifact("/secret/path"), "The champion cannot be verified"),
        (scoring.OtherFeatures("Model m1 was trained on other features."), "Model m1 was trained on other features."),
    ],
)
def test_a_champion_whose_files_do_not_load(open_page, one_month, promoted, monkeypatch, problem, sentence):
    def refuse():
        raise problem

    promoted(None)
    monkeypatch.setattr(store, "load_champion", refuse)
    app = open_page("ask")
    assert not app.exception
    assert len(app.info) == 1 and app.info[0].value.startswith(sentence) and "secret" not in texts(app)


@pytest.mark.parametrize(
    ("card", "verify", "sentence"),
    [
        pytest.param({}, artifacts.ArtifactTampered("/secret/path"), "The champion cannot be verified", id="changed"),
        pytest.param({"features": []}, None, "Model m1 was trained on other features", id="other features"),
    ],
)
def test_a_champion_that_cannot_be_used_is_refused_before_a_question(
    open_page, one_month, promoted, monkeypatch, card, verify, sentence
):
    def check(version):
        if verify:
            raise verify

    promoted(None)
    changed = store.champion_card() | card
    monkeypatch.setattr(store, "champion_card", lambda: changed)
    monkeypatch.setattr(store, "verify", check)
    monkeypatch.setattr(asking, "Asking", None)
    app = open_page("ask")
    assert not app.exception and not app.button
    assert len(app.info) == 1 and app.info[0].value.startswith(sentence) and "secret" not in texts(app)


def test_a_process_that_ends_is_one_sentence(open_page, champion, monkeypatch):
    def end(self, scheduled):
        raise asking.NoAnswer

    monkeypatch.setattr(InThisProcess, "answer", end)
    app = open_page("ask", flight=FLIGHT)
    assert not app.exception and not app.metric
    assert [info.value.split(";")[0] for info in app.info] == ["The champion's process ended before it answered"]


def test_without_a_warehouse_the_page_says_what_to_do(open_page):
    assert [info.value for info in open_page("ask").info] == [parts.MISSING["warehouse"]]
