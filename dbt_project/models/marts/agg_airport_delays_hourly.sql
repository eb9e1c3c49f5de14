select
    origin_airport_code as airport_code,
    date_trunc('month', flight_date)::date as month_start_date,
    hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
    {{ delay_measures() }}
from {{ ref("fct_flights") }}
group by airport_code, month_start_date, scheduled_departure_hour
