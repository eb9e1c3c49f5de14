"""Runs after a first one, in a real Airflow: a person approves promotions, months that are up to date run again, and a
month is damaged. The tests run in order on one Airflow, which serves all of them.

For approval, the first model and a better one are each rejected, then approved. January is first published with one
flight in forty, so a model trained on two whole months is certainly better.
"""

import re

import duckdb
import pytest
from rich.console import Console
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from local_airflow.airflow import log_file
from local_airflow.client import Client
from local_airflow.follow import Chain, ChainFailed
from local_airflow.summary import summary
from ml.registry import store, tracking
from ontime import files, lake, warehouse
from tests.end_to_end.conftest import MONTHS
from tests.end_to_end.running import airflow_with

pytestmark = [pytest.mark.more, pytest.mark.timeout(1800)]

JANUARY, FEBRUARY = MONTHS
#: The tasks of a training before the answer, and after it.
BEFORE = ["build_features", "train_candidates", "evaluate_candidates", "register_challenger", "is_better"]
AFTER = ["promote_challenger", "score_new_months", "monitor"]
WAITING = dict.fromkeys(BEFORE, "success") | {"approve": "awaiting_input"} | dict.fromkeys(AFTER)
APPROVED = dict.fromkeys([*BEFORE, "approve", *AFTER], "success")
REJECTED = APPROVED | {"promote_challenger": "skipped"}


class Question:
    """Triggers a DAG and waits until the training at the end of the chain asks for approval."""

    def __init__(self, airflow: Client, dag_id: str, **conf: object) -> None:
        self.airflow, self.chain = airflow, Chain(airflow, Console(width=140))
        airflow.trigger(dag_id, conf)
        self.detail = self._wait()
        self.run = {name: self.detail["task_instance"][name] for name in ("dag_id", "dag_run_id")}
        self.version = airflow.returned({**self.run, "task_id": "register_challenger"})["version"]

    @retry(retry=retry_if_exception_type(LookupError), stop=stop_after_delay(600), wait=wait_fixed(1), reraise=True)
    def _wait(self) -> dict:
        """The one open question, as *Required actions* in the UI lists it.

        A program can answer before the scheduler has noticed that the task is waiting. Airflow then takes the resumed
        task for a killed one and fails it, so we wait for the scheduler's log line.
        """
        assert "failed" not in {run["state"] for run in self.airflow.dag_runs(self.chain.since)}
        questions = self.airflow._get("/dags/~/dagRuns/~/hitlDetails", {"state": "awaiting_input"})["hitl_details"]
        if not questions:
            raise LookupError("There is no question yet.")
        [detail] = questions
        noticed = rf"TaskInstance Finished: .* ti_id={detail['task_instance']['id']}, .* state=awaiting_input,"
        if not re.search(noticed, log_file().read_text()):
            raise LookupError("The scheduler has not noticed yet that the task is waiting.")
        return detail

    def answer(self, option: str) -> None:
        """Answer as by a button in the UI and follow the chain to its end; raises if a run fails."""
        path = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/approve/-1/hitlDetails".format(**self.run)
        self.airflow._http.patch(f"/api/v2{path}", json={"chosen_options": [option]}).raise_for_status()
        self.chain.follow()

    def states(self) -> dict[str, str | None]:
        return {task["task_id"]: task["state"] for task in self.airflow.task_instances(self.run)}

    def events(self) -> dict[str, dict]:
        """The extra of each asset event of this training, by asset."""
        made = {"source_dag_id": self.run["dag_id"], "source_run_id": self.run["dag_run_id"]}
        return {event["name"]: event["extra"] for event in self.airflow._get("/assets/events", made)["asset_events"]}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, published_files) -> Client:
    data_dir = tmp_path_factory.mktemp("data")
    with airflow_with(data_dir, source="folder", source_dir=published_files, promotion_needs_approval=True) as client:
        yield client


@pytest.fixture(scope="module")
def first(airflow, published_files) -> Question:
    """The first model, trained on a January with few flights."""
    chain = Chain(airflow, Console(width=140))
    airflow.trigger("reference")
    airflow.trigger("weather", {"first_month": JANUARY, "last_month": FEBRUARY})
    chain.follow()
    file = published_files / "flights" / f"{JANUARY}.csv"
    whole = file.read_text()
    header, *flights = whole.splitlines(keepends=True)
    file.write_text("".join([header, *flights[::40]]))
    question = Question(airflow, "flights", first_month=JANUARY, last_month=JANUARY)
    file.write_text(whole)
    return question


@pytest.fixture(scope="module")
def better(airflow, first) -> Question:
    """A model trained on two whole months, compared with the approved first one."""
    return Question(airflow, "flights", first_month=JANUARY, last_month=FEBRUARY)


def aliases() -> dict[str, tuple[str, ...]]:
    return {version.version: version.aliases for version in tracking.versions()}


def query(name: str, sql: str) -> list[tuple]:
    with duckdb.connect(str(warehouse.published_path(name)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def scored_by() -> dict[str, int]:
    """The number of published predictions by model."""
    return dict(query("predictions", "SELECT model_version, count(*) FROM ml.flight_delay_predictions GROUP BY 1"))


def drifted() -> dict[str, list[str]]:
    """What has drifted or got worse, by month: read from the published tables without any of our code."""
    statuses = query("monitoring", "SELECT status FROM ml.feature_drift UNION SELECT status FROM ml.score_drift")
    assert statuses == [("unknown",)], "two months are too few to know what is ordinary"
    breaches = query(
        "monitoring",
        """
        SELECT month, format('performance {}: {:.3f} [{:.3f}, {:.3f}], promised {:.3f} [{:.3f}, {:.3f}]',
            if(judged_as = 'value', '', judged_as || ' of ') || score, judged, judged_low, judged_high,
            judged_promised, judged_promised_low, judged_promised_high)
        FROM ml.model_performance
        WHERE status = 'worse'
        """,
    )
    months = query("monitoring", "SELECT DISTINCT month FROM ml.score_drift ORDER BY month")
    return {month: sorted(what for when, what in breaches if when == month) for (month,) in months}


def assert_events_match_the_published_files(question: Question, champion: str, assets: set[str]) -> None:
    events, breaches = question.events(), drifted()
    assert set(events) == assets
    whose = {"version": question.version, "champion": champion}
    assert events["predictions"] == {**whose, "rows": scored_by()[champion]}
    newest = max(breaches)
    assert {month: sorted(lines) for month, lines in events["monitoring"].pop("months").items()} == breaches
    assert events["monitoring"] == {
        **whose,
        "status": "drifted" if breaches[newest] else "ok",
        "month": newest,
        "breaches": len(breaches[newest]),
    }


def test_a_first_model_waits_for_a_person(first):
    assert first.states() == WAITING
    assert aliases() == {first.version: ("challenger",)}
    assert store.champion_version() is None
    assert first.detail["subject"] == f"Model {first.version} for champion?"
    assert first.detail["options"] == ["Approve", "Reject"]
    card, body = store.card_of(first.version), first.detail["body"]
    name, scores = card["candidate"].replace("_", " "), card["scores"][card["candidate"]]["test"]
    assert f"\n| **{name}** | {' | '.join(f'{score:.3f}' for score in scores.values())} |\n" in body
    assert "\nNothing to compare it with: the first model.\n" in body
    assert f"\nModel card: `{store.version_dir(first.version) / 'model_card.html'}`\n" in body


def test_a_rejected_first_model_leaves_no_champion(first):
    first.answer("Reject")
    assert first.states() == REJECTED
    assert aliases() == {first.version: ("challenger",)}
    assert store.champion_version() is None
    assert (warehouse.current("predictions"), warehouse.current("monitoring")) == (None, None)
    assert first.events() == {
        "predictions": {"version": first.version, "champion": None, "rows": 0},
        "monitoring": {"version": first.version, "status": "nothing scored", "breaches": 0, "months": {}},
    }
    assert summary(first.chain)[-1].title == "No champion: nobody approved the first model"


def test_an_approved_first_model_becomes_champion(airflow, first):
    again = Question(airflow, "training")
    assert (again.version, again.states()) == (first.version, WAITING)
    again.answer("Approve")
    assert again.states() == APPROVED
    assert aliases() == {first.version: ("champion",)}
    assert store.champion_version() == first.version
    assert set(scored_by()) == {first.version}
    assert_events_match_the_published_files(again, first.version, {"model", "predictions", "monitoring"})


def test_a_better_model_waits_with_its_comparison(first, better):
    assert better.states() == WAITING
    assert aliases() == {first.version: ("champion",), better.version: ("challenger",)}
    assert store.champion_version() == first.version
    against = store.card_of(better.version)["promotion"]["comparison"]
    low, high = against["log_loss_gain_interval"]
    body = better.detail["body"]
    assert f", against champion {first.version} (in brackets: 95 % interval, paired by day):\n" in body
    assert f"\n- log-loss gain {against['log_loss_gain']:+.4f} [{low:+.4f}, {high:+.4f}]\n" in body


def test_after_a_rejection_the_champion_scores_the_new_month(first, better):
    before = store.champion_card()
    better.answer("Reject")
    assert better.states() == REJECTED
    assert aliases() == {first.version: ("champion",), better.version: ("challenger",)}
    assert store.champion_card() == before
    flights = f"""
        SELECT count(*) FROM marts.fct_flights WHERE flight_date >= '{before["split"]["validation_start"]}'
    """
    assert [(scored_by()[first.version],)] == query(warehouse.WAREHOUSE, flights)
    assert set(drifted()) == {JANUARY, FEBRUARY}
    assert_events_match_the_published_files(better, first.version, {"predictions", "monitoring"})


@pytest.fixture(scope="module")
def approved(airflow, better) -> Question:
    """The better model after a person has approved it."""
    again = Question(airflow, "training")
    assert (again.version, again.states()) == (better.version, WAITING)
    again.answer("Approve")
    return again


def test_an_approved_better_model_replaces_the_champion(first, better, approved):
    assert approved.states() == APPROVED
    assert aliases() == {first.version: (), better.version: ("champion",)}
    assert store.champion_version() == better.version
    assert set(scored_by()) == {better.version}
    assert_events_match_the_published_files(approved, better.version, {"model", "predictions", "monitoring"})


def test_a_run_of_months_that_are_up_to_date_changes_nothing(airflow, approved):
    before = (warehouse.history(), lake.fingerprint(), store.champion_card())
    Chain(airflow, Console(width=140)).run(*MONTHS)
    assert (warehouse.history(), lake.fingerprint(), store.champion_card()) == before


@pytest.mark.parametrize(
    ("damage", "gate", "expected"),
    [
        (
            lambda lines: [lines[0].replace("arr_delay", "arrival_delay"), *lines[1:]],
            "validate_raw",
            ["arr_delay", "arrival_delay"],
        ),
        (
            lambda lines: [lines[0]] + [line.replace(",IAH,", ",QQQ,").replace(",ORD,", ",QQQ,") for line in lines[1:]],
            "validate_clean",
            ["unknown_airport"],
        ),
    ],
    ids=["a renamed column fails the raw gate", "too many rejected rows fail the clean gate"],
)
def test_a_damaged_month_stops_at_its_gate(airflow, approved, published_files, damage, gate, expected):
    before = (files.file_sha256(warehouse.published_path()), warehouse.history())
    file = published_files / "flights" / f"{FEBRUARY}.csv"
    good = file.read_text()
    file.write_text("".join(damage(good.splitlines(keepends=True))))
    try:
        with pytest.raises(ChainFailed) as failure:
            chain = Chain(airflow, Console(width=140))
            airflow.trigger("flights", {"first_month": FEBRUARY, "last_month": FEBRUARY})
            chain.follow()
    finally:
        file.write_text(good)
    message = str(failure.value)
    assert f"flights.{gate} failed" in message
    assert all(word in message for word in expected)
    assert "run the same command again" in message
    assert (files.file_sha256(warehouse.published_path()), warehouse.history()) == before
