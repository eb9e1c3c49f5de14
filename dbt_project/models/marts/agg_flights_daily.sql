{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows(\"date_trunc('month', flight_date)\", changed_months('flights_changed')) }}"
) }}

select
    flight_date,
    origin_airport_code,
    airline_code,
    {{ additive_measures() }}
from {{ ref("fct_flights") }}
where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
group by flight_date, origin_airport_code, airline_code
