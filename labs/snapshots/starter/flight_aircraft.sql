select
    flights.flight_id,
    flights.flight_date,
    flights.tail_number,
    aircraft.model,
    aircraft.seats
from {{ source("landing", "flights") }} as flights
left join {{ source("registry", "aircraft") }} as aircraft on flights.tail_number = aircraft.tail_number
