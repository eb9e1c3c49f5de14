-- fails test_day_of_a_change: on the day of a change the old entry is still true.
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
        and flights.flight_date > aircraft.dbt_valid_from
        and (flights.flight_date <= aircraft.dbt_valid_to or aircraft.dbt_valid_to is null)
