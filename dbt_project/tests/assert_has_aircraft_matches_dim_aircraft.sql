-- This replaces a relationships test, because not every tail number is registered: the flag says which ones are.
select
    flights.flight_key,
    flights.tail_number,
    flights.has_aircraft
from {{ ref("fct_flights") }} as flights
left join {{ ref("dim_aircraft") }} as aircraft on flights.tail_number = aircraft.tail_number
where
    flights.flight_date in ({{ dates_to_build() }})
    and flights.has_aircraft <> (aircraft.tail_number is not null)
