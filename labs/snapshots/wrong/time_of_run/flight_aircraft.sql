-- fails test_before_a_change: with `strategy: check` an entry is valid from the run of dbt on, years after the flight.
select
    flights.flight_id,
    flights.flight_date,
    flights.tail_number,
    aircraft.model,
    aircraft.seats
from {{ source("landing", "flights") }} as flights
left join {{ ref("aircraft_history") }} as aircraft
    on
        flights.tail_number = aircraft.tail_number
        and flights.flight_date >= aircraft.dbt_valid_from
        and (flights.flight_date < aircraft.dbt_valid_to or aircraft.dbt_valid_to is null)
