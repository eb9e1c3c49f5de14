-- Each layer has every flight of the one before it, and as many rows: none is lost, added or doubled on the way. These
-- are the flights of the dates to build; the gate of the marts counts every month against the lake.
{%- set key = "flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, "
    ~ "scheduled_departure_local_at" %}
with dates as (
    {{ dates_to_build() }}
),

source_flights as (
    select {{ key }} from {{ source("embedded", "flights") }} semi join dates using (flight_date)
),

staging_flights as (
    select {{ key }} from {{ ref("stg_embedded__flights") }} semi join dates using (flight_date)
),

intermediate_flights as (
    select {{ key }} from {{ ref("int_flights_keyed") }}
),

mart_flights as (
    select {{ key }} from {{ ref("fct_flights") }} semi join dates using (flight_date)
),

missing as (
    select {{ key }}, 'missing in staging' as problem
    from source_flights anti join staging_flights using ({{ key }})
    union all
    select {{ key }}, 'missing in intermediate' as problem
    from staging_flights anti join intermediate_flights using ({{ key }})
    union all
    select {{ key }}, 'missing in marts' as problem
    from intermediate_flights anti join mart_flights using ({{ key }})
),

counts as (
    select
        (select count(*) from source_flights) as source_count,
        (select count(*) from staging_flights) as staging_count,
        (select count(*) from intermediate_flights) as intermediate_count,
        (select count(*) from mart_flights) as mart_count
)

select problem, {{ key }}
from missing
union all by name
select
    concat_ws(
        ' ', source_count, 'clean', staging_count, 'staging', intermediate_count, 'intermediate', mart_count, 'marts'
    ) as problem
from counts
where not (source_count = staging_count and staging_count = intermediate_count and intermediate_count = mart_count)
