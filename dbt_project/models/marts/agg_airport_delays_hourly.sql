{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('flights_changed')) }}"
) }}

select
    origin_airport_code as airport_code,
    date_trunc('month', flight_date)::date as month_start_date,
    hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
    {{ delay_measures() }}
from {{ ref("fct_flights") }}
where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
group by airport_code, month_start_date, scheduled_departure_hour
