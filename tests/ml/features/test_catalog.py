import pytest
import yaml

from ml.features import catalog
from ontime.settings import settings


def test_no_feature_is_an_outcome_and_every_name_is_declared_once():
    assert catalog.without_outcomes(catalog.NAMES) == catalog.NAMES
    assert len(set(catalog.NAMES)) == len(catalog.NAMES) == len(catalog.CATEGORICAL) + len(catalog.NUMERIC)


@pytest.mark.parametrize("outcome", sorted(catalog.OUTCOMES))
def test_an_outcome_is_refused_as_a_feature(outcome):
    with pytest.raises(catalog.OutcomeAsFeature, match=f"^{outcome}: known only after the flight"):
        catalog.without_outcomes([*catalog.NAMES, outcome])


def test_an_allowed_outcome_passes():
    columns = [*catalog.NAMES, "departure_delay_minutes"]
    assert catalog.without_outcomes(columns, allowed={"departure_delay_minutes"}) == columns


def test_every_column_of_the_mart_is_schedule_key_or_outcome():
    schedule = {
        *("flight_key", "flight_date", "airline_code", "flight_number", "tail_number", "distance_miles"),
        *("origin_airport_code", "destination_airport_code"),
        *("scheduled_departure_at", "scheduled_arrival_at"),
        *("scheduled_departure_local_at", "scheduled_arrival_local_at"),
    }
    keys = {"weather_key", "route_key", "has_aircraft", "airline_dot_id"}
    keys |= {"origin_airport_dot_id", "destination_airport_dot_id"}
    [documented] = yaml.safe_load((settings.dbt_project_dir / "models/marts/fct_flights.yml").read_text())["models"]
    columns = {column["name"] for column in documented["columns"]}
    assert columns - schedule - keys == catalog.OUTCOMES
