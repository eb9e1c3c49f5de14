{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('flights_changed')) }}"
) }}

select
    date_trunc('month', flight_date)::date as month_start_date,
    airline_code,
    count(*) as delayed_count,
    {{ sum_of("carrier_delay_minutes") }},
    {{ sum_of("weather_delay_minutes") }},
    {{ sum_of("nas_delay_minutes") }},
    {{ sum_of("security_delay_minutes") }},
    {{ sum_of("late_aircraft_delay_minutes") }}
from {{ ref("fct_flights") }}
where
    date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
    and coalesce(
        carrier_delay_minutes,
        weather_delay_minutes,
        nas_delay_minutes,
        security_delay_minutes,
        late_aircraft_delay_minutes
    ) is not null
group by month_start_date, airline_code
