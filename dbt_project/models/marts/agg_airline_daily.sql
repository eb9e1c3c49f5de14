{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows(\"date_trunc('month', flight_date)\", changed_months('flights_changed')) }}"
) }}

-- A stratum is a day and an airport of departure: all its flights have the same weather and traffic.
with flights as (
    select
        *,
        sum(arrival_count) over stratum as stratum_arrivals,
        sum(arrival_delayed_count) over stratum as stratum_delayed
    from {{ ref("agg_flights_daily") }}
    where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
    window stratum as (partition by flight_date, origin_airport_code)
)

select
    flight_date,
    airline_code,
    sum(flight_count)::bigint as flight_count,
    sum(cancelled_count)::bigint as cancelled_count,
    sum(diverted_count)::bigint as diverted_count,
    sum(departure_count)::bigint as departure_count,
    sum(arrival_count)::bigint as arrival_count,
    sum(arrival_delayed_count)::bigint as arrival_delayed_count,
    coalesce(sum(stratum_arrivals) filter (where arrival_count > 0), 0)::bigint as stratum_arrival_count,
    coalesce(sum(stratum_delayed) filter (where arrival_count > 0), 0)::bigint as stratum_arrival_delayed_count,
    -- summed in the order of the airports: another order could change the last digits of a rebuild
    coalesce(
        sum(stratum_arrivals * arrival_delayed_count / nullif(arrival_count, 0) order by origin_airport_code), 0
    )::double as stratum_expected_delayed_sum
from flights
group by flight_date, airline_code
