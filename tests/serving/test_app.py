"""The service: the batch's own probabilities, clear refusals, and the champion of now."""

import threading

import pandas as pd
import pytest

from ml import scoring
from ml.features.catalog import NAMES
from ml.registry import store
from ontime import warehouse
from ontime.settings import settings
from serving.schedule import MOST_FLIGHTS, Schedule, ScheduledFlight

ASKED = tuple(ScheduledFlight.model_fields)


def as_asked(row) -> dict:
    """A published flight as somebody would name it."""
    named = {name: row[name] for name in ASKED}
    for moment in ("scheduled_departure_local_at", "scheduled_arrival_local_at"):
        named[moment] = row[moment].isoformat()
    return named


def flight(**changes) -> dict:
    return {
        "airline_code": "UA",
        "flight_number": 3,
        "tail_number": "N3",
        "origin_airport_code": "EWR",
        "destination_airport_code": "ORD",
        "scheduled_departure_local_at": "2013-05-20T17:30:00",
        "scheduled_arrival_local_at": "2013-05-20T19:30:00",
        **changes,
    }


def predict(service, *flights):
    return service.post("/predict", json={"flights": list(flights)})


def test_a_published_flight_gets_the_batchs_probability_to_the_last_bit(ready, flights, trees, built):
    batch = scoring.score(trees, store.card_of("one"), built).set_index("flight_key")["delay_probability"]
    sample = flights[flights["flight_number"] > 0].sample(3 * MOST_FLIGHTS, random_state=1)
    assert batch[sample["flight_key"]].nunique() > 100
    for start in range(0, len(sample), MOST_FLIGHTS):
        rows = sample.iloc[start : start + MOST_FLIGHTS]
        answer = predict(ready, *(as_asked(row) for row in rows.to_dict("records"))).json()
        served = [one["delay_probability"] for one in answer["predictions"]]
        assert served == batch[rows["flight_key"]].to_list()
        as_of = [pd.Timestamp(one["as_of"]) for one in answer["predictions"]]
        assert as_of == (rows["scheduled_departure_at"] - pd.Timedelta(hours=2)).to_list()


def test_alone_or_among_others_a_flight_gets_the_same_answer(ready):
    flights = [flight(flight_number=number, tail_number=None) for number in (3, 4, 9999)]
    together = predict(ready, *flights).json()["predictions"]
    alone = [predict(ready, one).json()["predictions"][0] for one in flights]
    assert together == alone


def test_what_the_answer_says(ready):
    answer = predict(ready, flight()).json()
    assert (answer["model_version"], len(answer["predictions"])) == ("one", 1)
    [told] = answer["predictions"]
    assert told["flight_key"] == "2013-05-20_UA3_EWR-ORD_1730"
    assert told["as_of"] == "2013-05-20T20:30:00Z"
    assert 0 < told["delay_probability"] < 1


def test_what_happened_after_the_cut_changes_nothing_and_what_happened_before_does(service, publish, promote, flights):
    promote("one")
    publish(flights)
    truth = predict(service, flight()).json()["predictions"]
    cut = pd.Timestamp("2013-05-20 20:30", tz="UTC")
    for is_wrong, is_same in ((flights["arrived_at"] > cut, True), (flights["arrived_at"] <= cut, False)):
        lie = flights.copy()
        lie.loc[is_wrong, "is_arrival_delayed"] = ~lie.loc[is_wrong, "is_arrival_delayed"].astype(bool)
        lie.loc[is_wrong, "arrival_delay_minutes"] = 200
        publish(lie)
        assert (predict(service, flight()).json()["predictions"] == truth) is is_same


def test_a_flight_of_the_future_and_a_route_never_flown_are_answered(ready):
    future = flight(
        origin_airport_code="LGA",
        destination_airport_code="LAX",
        scheduled_departure_local_at="2031-07-01T08:00:00",
        scheduled_arrival_local_at="2031-07-01T11:00:00",
    )
    assert predict(ready, future).status_code == 200


def test_a_route_never_flown_is_as_long_as_its_great_circle(ready):
    schedule = Schedule(warehouse.current())
    row = schedule.table([ScheduledFlight(**flight(origin_airport_code="LGA", destination_airport_code="LAX"))])
    # The published distance of LGA to LAX is 2,469 miles in tables that measure along the great circle.
    assert row["distance_miles"].to_pylist() == [pytest.approx(2469, abs=5)]


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"airline_code": "ZZ"}, "airline_code", "No airline of the published warehouse"),
        ({"airline_code": "united"}, "airline_code", "String should match pattern"),
        ({"flight_number": 0}, "flight_number", "greater than or equal to 1"),
        ({"flight_number": "3"}, "flight_number", "valid integer"),
        ({"origin_airport_code": "QQQ"}, "origin_airport_code", "No airport of the published warehouse"),
        ({"destination_airport_code": "EWR"}, "destination_airport_code", "another airport than its origin"),
        ({"scheduled_departure_local_at": "tomorrow"}, "scheduled_departure_local_at", "valid datetime"),
        (
            {"scheduled_departure_local_at": "2013-05-20T17:30:00Z"},
            "scheduled_departure_local_at",
            "should not have timezone info",
        ),
        ({"scheduled_arrival_local_at": "2013-05-20T17:30:00"}, "scheduled_arrival_local_at", "after its departure"),
        ({"scheduled_arrival_local_at": "2013-05-22T17:30:00"}, "scheduled_arrival_local_at", "within 24 hours"),
        (
            # 2:30 of 10 March 2013 did not exist in New York.
            {"origin_airport_code": "LGA", "scheduled_departure_local_at": "2013-03-10T02:30:00"},
            "scheduled_departure_local_at",
            "The clocks of America/New_York skip this time",
        ),
        (
            {
                "destination_airport_code": "LAX",
                "scheduled_departure_local_at": "2013-03-10T01:00:00",
                "scheduled_arrival_local_at": "2013-03-10T02:30:00",
            },
            "scheduled_arrival_local_at",
            "The clocks of America/Los_Angeles skip this time",
        ),
        ({"arrival_delay_minutes": 60}, "arrival_delay_minutes", "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(ready, changes, field, told):
    refused = predict(ready, flight(), flight(**changes))
    assert refused.status_code == 422
    [error] = refused.json()["detail"]
    assert error["loc"] == ["body", "flights", 1, field]
    assert told in error["msg"]


@pytest.mark.parametrize("field", ["airline_code", "origin_airport_code", "scheduled_departure_local_at"])
def test_what_is_left_out_is_named(ready, field):
    incomplete = flight()
    del incomplete[field]
    [error] = predict(ready, incomplete).json()["detail"]
    assert (error["loc"][-1], error["type"]) == (field, "missing")


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (MOST_FLIGHTS, 200), (MOST_FLIGHTS + 1, 422)])
def test_so_many_flights_may_be_asked_about_at_once(ready, count, status):
    assert predict(ready, *[flight()] * count).status_code == status


def test_a_time_that_happens_twice_is_the_first_one(ready):
    schedule = Schedule(warehouse.current())
    # 1:30 of 3 November 2013 was 05:30 UTC, and an hour later 06:30 UTC.
    twice = flight(
        origin_airport_code="LGA",
        scheduled_departure_local_at="2013-11-03T01:30:00",
        scheduled_arrival_local_at="2013-11-03T04:00:00",
    )
    [departure] = schedule.table([ScheduledFlight(**twice)])["scheduled_departure_at"].to_pylist()
    assert departure == pd.Timestamp("2013-11-03 05:30", tz="UTC")


def test_what_the_model_says_of_itself(ready):
    told = ready.get("/model").json()
    assert (told["model_version"], told["candidate"], told["flag_at_or_above"]) == ("one", "trees", 0.25)
    assert told["scores"][0] == {"name": "ROC-AUC", "value": 0.75, "low": 0.7, "high": 0.8}
    assert [feature["name"] for feature in told["features"]] == NAMES
    assert {feature["availability"] for feature in told["features"]} == {
        "the published schedule",
        "departures at or before the cut",
        "arrivals at or before the cut",
        "weather hours that had ended at the cut",
    }


def test_before_anything_is_published_it_says_what_to_do(service, publish, flights, promote):
    for path in ("/healthz", "/model"):
        assert service.get(path).status_code == 503
    assert "No warehouse has been published yet" in predict(service, flight()).json()["detail"]
    publish(flights)
    assert "run the `training` DAG" in service.get("/healthz").json()["detail"]
    promote("one")
    assert service.get("/healthz").json() == {"status": "healthy", "model_version": "one"}


def test_a_champion_that_was_changed_is_not_loaded(service, publish, flights, promote):
    publish(flights)
    folder = store.version_dir(promote("one")["version"])
    [model] = folder.glob("model.*")
    model.write_bytes(model.read_bytes() + b" ")
    refused = service.get("/healthz")
    assert (refused.status_code, "missing or was changed" in refused.json()["detail"]) == (503, True)


def test_a_champion_made_for_other_features_does_not_answer(changing, monkeypatch):
    monkeypatch.setattr(scoring, "NAMES", [*NAMES, "one_more"])
    refused = changing.get("/healthz")
    assert (refused.status_code, "made for other features" in refused.json()["detail"]) == (503, True)


def test_a_new_champion_or_warehouse_answers_without_a_restart(changing, promote, always, publish, flights):
    before = predict(changing, flight()).json()
    promote("two", always(0.25))
    after = predict(changing, flight()).json()
    assert (before["model_version"], after["model_version"]) == ("one", "two")
    assert after["predictions"][0]["delay_probability"] == 0.25
    published = publish(flights)
    assert predict(changing, flight()).json()["warehouse_version"] == published.version


def test_while_one_request_loads_the_others_are_answered_by_the_one_before(changing, promote, always, monkeypatch):
    assert changing.get("/healthz").json()["model_version"] == "one"
    loading, go_on, answers = threading.Event(), threading.Event(), []
    load = store.load_champion

    def slow():
        loading.set()
        assert go_on.wait(30)
        return load()

    promote("two", always(0.25))
    monkeypatch.setattr(store, "load_champion", slow)
    first = threading.Thread(target=lambda: answers.append(predict(changing, flight()).json()["model_version"]))
    first.start()
    assert loading.wait(30)
    assert predict(changing, flight()).json()["model_version"] == "one"
    go_on.set()
    first.join(30)
    assert answers == ["two"] == [predict(changing, flight()).json()["model_version"]]


def test_it_writes_nothing(ready):
    def files():
        return {path: path.stat().st_mtime_ns for path in settings.data_dir.rglob("*")}

    before = files()
    predict(ready, flight())
    ready.get("/model")
    assert files() == before
