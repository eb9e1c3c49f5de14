-- The day with the largest share of cancelled or late flights, of the days with at least half of the usual flights.
with days as (
    select
        flight_date,
        sum(flight_count)::bigint as flight_count,
        sum(cancelled_count)::bigint as cancelled_count,
        sum(arrival_delayed_count)::bigint as arrival_delayed_count
    from marts.agg_airline_daily
    group by flight_date
)

select
    *,
    (cancelled_count + arrival_delayed_count) / flight_count as disturbed_share
from days
where flight_count >= 0.5 * (select median(flight_count) from days)
order by disturbed_share desc, flight_date
limit 1
