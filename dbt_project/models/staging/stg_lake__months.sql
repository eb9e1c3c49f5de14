select
    month_start_date,
    has_flights,
    flights_changed,
    weather_changed
from {{ source("lake", "months") }}
