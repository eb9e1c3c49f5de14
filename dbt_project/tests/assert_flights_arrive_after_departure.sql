select
    flight_key,
    scheduled_departure_at,
    scheduled_arrival_at,
    departed_at,
    arrived_at
from {{ ref("fct_flights") }}
where
    flight_date in ({{ dates_to_build() }})
    and (scheduled_arrival_at <= scheduled_departure_at or arrived_at <= departed_at)
