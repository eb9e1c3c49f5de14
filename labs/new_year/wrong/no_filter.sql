-- fails test_others_stay: the right table, all of it built again every time.
{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key=["year", "month"]) }}

select
    flights.year,
    flights.month,
    flights.carrier,
    count(*) as flights,
    count(*) filter (where flights.arr_delay >= 15) as late_arrivals,
    months.version,
    now() as built_at
from {{ source("landing", "flights") }} as flights
inner join {{ source("landing", "months") }} as months on flights.year = months.year and flights.month = months.month
group by flights.year, flights.month, flights.carrier, months.version
