-- fails test_after_the_last_change: a comparison with null is never true, so entries that are still valid match no flight.
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
        and flights.flight_date < aircraft.dbt_valid_to
