{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('flights_changed')) }}"
) }}

select
    route_key,
    origin_airport_code,
    destination_airport_code,
    airline_code,
    date_trunc('month', flight_date)::date as month_start_date,
    {{ additive_measures() }},
    {{ sum_of("distance_miles") }}
from {{ ref("fct_flights") }}
where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
group by route_key, origin_airport_code, destination_airport_code, airline_code, month_start_date
