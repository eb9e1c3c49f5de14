-- fails test_airline_gone: only rows that have a successor are replaced.
{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key=["year", "month", "carrier"]) }}

with months_to_build as (
    select
        year,
        month,
        version
    from {{ source("landing", "months") }}
    {% if is_incremental() %}
        where (year, month, version) not in (select (year, month, version) from {{ this }})
    {% endif %}
)

select
    flights.year,
    flights.month,
    flights.carrier,
    count(*) as flights,
    count(*) filter (where flights.arr_delay >= 15) as late_arrivals,
    months.version,
    now() as built_at
from {{ source("landing", "flights") }} as flights
inner join months_to_build as months on flights.year = months.year and flights.month = months.month
group by flights.year, flights.month, flights.carrier, months.version
