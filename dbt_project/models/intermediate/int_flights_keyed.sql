select
    *,
    -- readable, so that a prediction or a log line identifies its flight by itself
    flight_date || '_' || airline_code || flight_number
    || '_' || origin_airport_code || '-' || destination_airport_code
    || '_' || strftime(scheduled_departure_local_at, '%H%M') as flight_key,
    origin_airport_code || '-' || destination_airport_code as route_key,
    date_trunc('hour', scheduled_departure_at) as scheduled_departure_hour_at
from {{ ref("stg_lake__flights") }}
where flight_date in ({{ dates_to_build() }})
