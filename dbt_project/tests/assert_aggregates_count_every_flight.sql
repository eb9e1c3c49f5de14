with counts as (
    select
        (select count(*) from {{ ref("fct_flights") }}) as flights,
        (select sum(flight_count) from {{ ref("agg_route_performance_monthly") }}) as flights_by_route,
        (select sum(flight_count) from {{ ref("agg_airport_delays_hourly") }}) as flights_by_airport
)

select *
from counts
where flights <> flights_by_route or flights <> flights_by_airport
