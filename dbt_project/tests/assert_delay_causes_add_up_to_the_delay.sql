-- The Bureau divides the whole arrival delay among its five causes. If the sum differs, the publisher made an error,
-- or a column was read wrongly. This test warns and does not stop the build.
{{ config(severity = "warn") }}

select
    flight_key,
    arrival_delay_minutes,
    carrier_delay_minutes,
    weather_delay_minutes,
    nas_delay_minutes,
    security_delay_minutes,
    late_aircraft_delay_minutes
from {{ ref("fct_flights") }}
where
    flight_date in ({{ dates_to_build() }})
    and arrival_delay_minutes <> carrier_delay_minutes + weather_delay_minutes + nas_delay_minutes
    + security_delay_minutes + late_aircraft_delay_minutes
