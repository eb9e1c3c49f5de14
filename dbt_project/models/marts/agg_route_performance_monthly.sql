{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('flights_changed')) }}"
) }}

select
    route_key,
    origin_airport_code,
    destination_airport_code,
    date_trunc('month', flight_date)::date as month_start_date,
    -- the reported distance of two routes changes on 1 March 2013; within a month it is constant
    max(distance_miles) as distance_miles,
    {{ delay_measures() }}
from {{ ref("fct_flights") }}
where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
group by route_key, origin_airport_code, destination_airport_code, month_start_date
