-- Every aggregate has all flights of fct_flights, in all months: the changed ones and those of earlier builds. The
-- histogram has no flights without a delay, so it is compared by delays only.
{%- set aggregates = [
    "agg_airline_daily", "agg_airport_delays_hourly", "agg_flights_daily", "agg_route_airline_monthly",
    "agg_route_performance_monthly"
] %}
with totals as (
    select
        'fct_flights' as relation,
        count(*) as flights,
        count(departure_delay_minutes) as departures,
        count(arrival_delay_minutes) as arrivals
    from {{ ref("fct_flights") }}
    {% for aggregate in aggregates %}
        union all
        select
            '{{ aggregate }}' as relation,
            coalesce(sum(flight_count), 0) as flights,
            coalesce(sum(departure_count), 0) as departures,
            coalesce(sum(arrival_count), 0) as arrivals
        from {{ ref(aggregate) }}
    {% endfor %}
    union all
    select
        'agg_delay_histogram_monthly' as relation,
        null as flights,
        coalesce(sum(departure_count), 0) as departures,
        coalesce(sum(arrival_count), 0) as arrivals
    from {{ ref("agg_delay_histogram_monthly") }}
)

select totals.*
from totals
cross join totals as fact
where
    fact.relation = 'fct_flights'
    and (
        totals.flights <> fact.flights
        or totals.departures <> fact.departures
        or totals.arrivals <> fact.arrivals
    )
