-- Each layer has every flight of the one before it, and as many rows: none is lost, added or doubled on the way.
{%- set key = "flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, "
    ~ "scheduled_departure_local_at" %}
with missing as (
    select {{ key }}, 'missing in staging' as problem
    from {{ source("embedded", "flights") }} anti join {{ ref("stg_embedded__flights") }} using ({{ key }})
    union all
    select {{ key }}, 'missing in intermediate' as problem
    from {{ ref("stg_embedded__flights") }} anti join {{ ref("int_flights_keyed") }} using ({{ key }})
    union all
    select {{ key }}, 'missing in marts' as problem
    from {{ ref("int_flights_keyed") }} anti join {{ ref("fct_flights") }} using ({{ key }})
),

counts as (
    select
        (select count(*) from {{ source("embedded", "flights") }}) as source_count,
        (select count(*) from {{ ref("stg_embedded__flights") }}) as staging_count,
        (select count(*) from {{ ref("int_flights_keyed") }}) as intermediate_count,
        (select count(*) from {{ ref("fct_flights") }}) as mart_count
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
