{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('flight_date', dates_to_build()) }}"
) }}

with flights as (
    select * from {{ ref("int_flights_keyed") }}
),

weather as (
    select * from {{ ref("fct_weather_hourly") }}
),

aircraft as (
    select * from {{ ref("dim_aircraft") }}
)

select
    flights.flight_key,
    flights.airline_code,
    flights.origin_airport_code,
    flights.destination_airport_code,
    flights.tail_number,
    flights.flight_date,
    weather.weather_key,
    flights.flight_number,
    flights.route_key,
    flights.scheduled_departure_local_at,
    flights.scheduled_arrival_local_at,
    flights.scheduled_departure_at,
    flights.departed_at,
    flights.scheduled_arrival_at,
    flights.arrived_at,
    flights.departure_delay_minutes,
    flights.arrival_delay_minutes,
    flights.air_time_minutes,
    flights.distance_miles,
    flights.is_cancelled,
    flights.is_diverted,
    -- defined like ArrDel15 of the Bureau of Transportation Statistics: exactly 15 minutes late counts as delayed
    flights.arrival_delay_minutes >= 15 as is_arrival_delayed,
    aircraft.tail_number is not null as has_aircraft,
    flights.airline_dot_id,
    flights.origin_airport_dot_id,
    flights.destination_airport_dot_id,
    flights.carrier_delay_minutes,
    flights.weather_delay_minutes,
    flights.nas_delay_minutes,
    flights.security_delay_minutes,
    flights.late_aircraft_delay_minutes
from flights
left join weather
    on
        flights.origin_airport_code = weather.airport_code
        and flights.scheduled_departure_hour_at = weather.observed_at
left join aircraft on flights.tail_number = aircraft.tail_number
