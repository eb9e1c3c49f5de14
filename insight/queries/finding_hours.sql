-- Late arrivals by scheduled local hour of departure; hours with at least 1 % of all arrivals.
select
    scheduled_departure_hour as departure_hour,
    sum(arrival_count)::bigint as arrival_count,
    sum(arrival_delayed_count)::bigint as arrival_delayed_count,
    sum(arrival_delayed_count) / sum(arrival_count) as late_share
from marts.agg_airport_delays_hourly
group by departure_hour
having sum(arrival_count) >= 0.01 * (select sum(arrival_count) from marts.agg_airport_delays_hourly)
order by late_share, departure_hour
