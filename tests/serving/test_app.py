"""The service: the same probabilities as the batch, clear errors, and a champion that follows each publication."""

import threading

import pandas as pd
import pytest

from ml import scoring
from ml.features.catalog import NAMES
from ml.registry import store
from ml.schedule import Schedule, ScheduledFlight
from ontime import warehouse
from ontime.settings import settings
from serving.request import MOST_FLIGHTS


def as_request(row) -> dict:
    """A row of ``fct_flights`` as a flight in a request."""
    fields = {name: row[name] for name in ScheduledFlight.model_fields}
    for name in ("scheduled_departure_local_at", "scheduled_arrival_local_at"):
        fields[name] = row[name].isoformat()
    return fields


def flight(**changes) -> dict:
    """A flight as in a request, with some fields changed."""
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


def test_a_published_flight_gets_exactly_the_same_probability_as_in_the_batch(ready, flights, trees, built):
    batch = scoring.score(trees, store.card_of("one"), built).set_index("flight_key")["delay_probability"]
    sample = flights[flights["flight_number"] > 0].sample(3 * MOST_FLIGHTS, random_state=1)
    assert batch[sample["flight_key"]].nunique() > 100
    for start in range(0, len(sample), MOST_FLIGHTS):
        rows = sample.iloc[start : start + MOST_FLIGHTS]
        answer = predict(ready, *(as_request(row) for row in rows.to_dict("records"))).json()
        served = [one["delay_probability"] for one in answer["predictions"]]
        assert served == batch[rows["flight_key"]].to_list()
        as_of = [pd.Timestamp(one["as_of"]) for one in answer["predictions"]]
        assert as_of == (rows["scheduled_departure_at"] - pd.Timedelta(hours=2)).to_list()


def test_the_answer_for_a_flight_does_not_depend_on_other_flights_in_the_request(ready):
    flights = [flight(flight_number=number, tail_number=None) for number in (3, 4, 9999)]
    together = predict(ready, *flights).json()["predictions"]
    alone = [predict(ready, one).json()["predictions"][0] for one in flights]
    assert together == alone


def test_the_answer_has_version_key_cut_and_probability(ready):
    answer = predict(ready, flight()).json()
    assert (answer["model_version"], len(answer["predictions"])) == ("one", 1)
    [prediction] = answer["predictions"]
    assert prediction["flight_key"] == "2013-05-20_UA3_EWR-ORD_1730"
    assert prediction["as_of"] == "2013-05-20T20:30:00Z"
    assert 0 < prediction["delay_probability"] < 1


def test_only_events_before_the_cut_change_the_answer(service, publish, promote, flights):
    promote("one")
    publish(flights)
    truth = predict(service, flight()).json()["predictions"]
    cut = pd.Timestamp("2013-05-20 20:30", tz="UTC")
    for is_changed, is_same in ((flights["arrived_at"] > cut, True), (flights["arrived_at"] <= cut, False)):
        corrupted = flights.copy()
        corrupted.loc[is_changed, "is_arrival_delayed"] = ~corrupted.loc[is_changed, "is_arrival_delayed"].astype(bool)
        corrupted.loc[is_changed, "arrival_delay_minutes"] = 200
        publish(corrupted)
        assert (predict(service, flight()).json()["predictions"] == truth) is is_same


def test_a_future_flight_on_a_new_route_gets_an_answer(ready):
    future = flight(
        origin_airport_code="LGA",
        destination_airport_code="LAX",
        scheduled_departure_local_at="2031-07-01T08:00:00",
        scheduled_arrival_local_at="2031-07-01T11:00:00",
    )
    assert predict(ready, future).status_code == 200


def test_the_distance_of_a_new_route_is_the_great_circle(ready):
    schedule = Schedule(warehouse.current())
    row = schedule.table([ScheduledFlight(**flight(origin_airport_code="LGA", destination_airport_code="LAX"))])
    # Great-circle tables give 2,469 miles for LGA to LAX.
    assert row["distance_miles"].to_pylist() == [pytest.approx(2469, abs=5)]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        pytest.param({"airline_code": "ZZ"}, "airline_code", "has no airline with this code", id="unknown airline"),
        pytest.param({"airline_code": "united"}, "airline_code", "String should match pattern", id="airline name"),
        pytest.param({"flight_number": 0}, "flight_number", "greater than or equal to 1", id="flight number zero"),
        pytest.param({"flight_number": "3"}, "flight_number", "valid integer", id="flight number as text"),
        pytest.param(
            {"origin_airport_code": "QQQ"}, "origin_airport_code", "has no airport with this code", id="unknown airport"
        ),
        pytest.param(
            {"destination_airport_code": "EWR"},
            "destination_airport_code",
            "another airport than the origin",
            id="destination is origin",
        ),
        pytest.param(
            {"scheduled_departure_local_at": "tomorrow"},
            "scheduled_departure_local_at",
            "valid datetime",
            id="not a time",
        ),
        pytest.param(
            {"scheduled_departure_local_at": "2013-05-20T17:30:00Z"},
            "scheduled_departure_local_at",
            "should not have timezone info",
            id="time with a zone",
        ),
        pytest.param(
            {"scheduled_arrival_local_at": "2013-05-20T17:30:00"},
            "scheduled_arrival_local_at",
            "after the departure",
            id="arrival at departure",
        ),
        pytest.param(
            {"scheduled_arrival_local_at": "2013-05-22T17:30:00"},
            "scheduled_arrival_local_at",
            "at most 24 hours",
            id="flight of two days",
        ),
        pytest.param(
            {"origin_airport_code": "LGA", "scheduled_departure_local_at": "2013-03-10T02:30:00"},
            "scheduled_departure_local_at",
            "This time does not exist in America/New_York",
            id="departure in the skipped hour",
        ),
        pytest.param(
            {
                "destination_airport_code": "LAX",
                "scheduled_departure_local_at": "2013-03-10T01:00:00",
                "scheduled_arrival_local_at": "2013-03-10T02:30:00",
            },
            "scheduled_arrival_local_at",
            "This time does not exist in America/Los_Angeles",
            id="arrival in the skipped hour",
        ),
        pytest.param(
            {"arrival_delay_minutes": 60},
            "arrival_delay_minutes",
            "Extra inputs are not permitted",
            id="an outcome as input",
        ),
    ],
)
def test_an_invalid_flight_is_refused_with_422_and_its_field(ready, changes, field, message):
    refused = predict(ready, flight(), flight(**changes))
    assert refused.status_code == 422
    [error] = refused.json()["detail"]
    assert error["loc"] == ["body", "flights", 1, field]
    assert message in error["msg"]


@pytest.mark.parametrize("field", ["airline_code", "origin_airport_code", "scheduled_departure_local_at"])
def test_a_missing_field_is_named(ready, field):
    incomplete = flight()
    del incomplete[field]
    [error] = predict(ready, incomplete).json()["detail"]
    assert (error["loc"][-1], error["type"]) == (field, "missing")


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (MOST_FLIGHTS, 200), (MOST_FLIGHTS + 1, 422)])
def test_a_request_has_one_to_one_hundred_flights(ready, count, status):
    assert predict(ready, *[flight()] * count).status_code == status


def test_a_local_time_that_occurs_twice_means_the_first_one(ready):
    schedule = Schedule(warehouse.current())
    # In New York, 1:30 on 3 November 2013 occurred at 05:30 and at 06:30 UTC.
    twice = flight(
        origin_airport_code="LGA",
        scheduled_departure_local_at="2013-11-03T01:30:00",
        scheduled_arrival_local_at="2013-11-03T04:00:00",
    )
    [departure] = schedule.table([ScheduledFlight(**twice)])["scheduled_departure_at"].to_pylist()
    assert departure == pd.Timestamp("2013-11-03 05:30", tz="UTC")


def test_the_model_endpoint_describes_the_champion(ready):
    model = ready.get("/model").json()
    assert (model["model_version"], model["candidate"], model["flag_at_or_above"]) == ("one", "trees", 0.25)
    assert model["scores"][0] == {"name": "ROC-AUC", "value": 0.75, "low": 0.7, "high": 0.8}
    assert [feature["name"] for feature in model["features"]] == NAMES
    assert {feature["availability"] for feature in model["features"]} == {
        "the published schedule",
        "departures at or before the cut",
        "arrivals at or before the cut",
        "weather hours that had ended at the cut",
    }


def test_without_a_warehouse_or_a_champion_the_answer_says_what_to_do(service, publish, flights, promote):
    for path in ("/healthz", "/model"):
        assert service.get(path).status_code == 503
    assert "No warehouse has been published yet" in predict(service, flight()).json()["detail"]
    publish(flights)
    assert "run the `training` DAG" in service.get("/healthz").json()["detail"]
    promote("one")
    assert service.get("/healthz").json() == {"status": "healthy", "model_version": "one"}


def test_a_champion_with_a_changed_file_is_not_loaded(service, publish, flights, promote):
    publish(flights)
    folder = store.version_dir(promote("one")["version"])
    [model] = folder.glob("model.*")
    model.write_bytes(model.read_bytes() + b" ")
    refused = service.get("/healthz")
    assert (refused.status_code, "missing or was changed" in refused.json()["detail"]) == (503, True)


def test_a_champion_trained_on_other_features_does_not_answer(changing, monkeypatch):
    monkeypatch.setattr(scoring, "NAMES", [*NAMES, "one_more"])
    refused = changing.get("/healthz")
    assert (refused.status_code, "trained on other features" in refused.json()["detail"]) == (503, True)


def test_a_new_champion_or_warehouse_is_used_without_a_restart(changing, promote, always, publish, flights):
    before = predict(changing, flight()).json()
    promote("two", always(0.25))
    after = predict(changing, flight()).json()
    assert (before["model_version"], after["model_version"]) == ("one", "two")
    assert after["predictions"][0]["delay_probability"] == 0.25
    published = publish(flights)
    assert predict(changing, flight()).json()["warehouse_version"] == published.version


def test_while_one_request_reloads_the_others_get_the_previous_champion(changing, promote, always, monkeypatch):
    assert changing.get("/healthz").json()["model_version"] == "one"
    loading, may_continue, answers = threading.Event(), threading.Event(), []
    load = store.load_champion

    def wait_and_load():
        loading.set()
        assert may_continue.wait(30)
        return load()

    promote("two", always(0.25))
    monkeypatch.setattr(store, "load_champion", wait_and_load)
    first = threading.Thread(target=lambda: answers.append(predict(changing, flight()).json()["model_version"]))
    first.start()
    assert loading.wait(30)
    assert predict(changing, flight()).json()["model_version"] == "one"
    may_continue.set()
    first.join(30)
    assert answers == ["two"] == [predict(changing, flight()).json()["model_version"]]


def test_the_service_writes_no_files(ready):
    def files():
        return {path: path.stat().st_mtime_ns for path in settings.data_dir.rglob("*")}

    before = files()
    predict(ready, flight())
    ready.get("/model")
    assert files() == before
