-- fails test_before_a_change: the newest entry for all flights, as if there were no history.
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
        and aircraft.dbt_valid_to is null
