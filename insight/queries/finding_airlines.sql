-- Late arrivals by airline; airlines with at least 5 % of all arrivals.
select
    airlines.airline_name,
    sum(daily.arrival_count)::bigint as arrival_count,
    sum(daily.arrival_delayed_count)::bigint as arrival_delayed_count,
    sum(daily.arrival_delayed_count) / sum(daily.arrival_count) as late_share
from marts.agg_airline_daily as daily
inner join marts.dim_airlines as airlines on daily.airline_code = airlines.airline_code
group by airlines.airline_name
having sum(daily.arrival_count) >= 0.05 * (select sum(arrival_count) from marts.agg_airline_daily)
order by late_share, airlines.airline_name
