-- Flights, cancelled flights and late arrivals by month.
select
    date_trunc('month', flight_date)::date as month_start_date,
    sum(flight_count)::bigint as flight_count,
    sum(cancelled_count)::bigint as cancelled_count,
    sum(arrival_count)::bigint as arrival_count,
    sum(arrival_delayed_count)::bigint as arrival_delayed_count,
    sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) as late_share
from marts.agg_airline_daily
group by month_start_date
order by month_start_date
