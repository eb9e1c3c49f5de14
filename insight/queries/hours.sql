-- Late arrivals by scheduled local hour of departure: of all airports, and of one.
with hours as (
    select
        case when scope.is_all then 'all airports' else airport_code end as airport,
        scheduled_departure_hour,
        sum(flight_count)::bigint as flight_count,
        sum(arrival_count)::bigint as arrival_count,
        sum(arrival_delayed_count)::bigint as arrival_delayed_count
    from marts.agg_airport_delays_hourly
    inner join (values (true), (false)) as scope (is_all) on scope.is_all or airport_code = $airport
    where month_start_date between $first_month::date and $last_month::date
    group by airport, scheduled_departure_hour
)

select
    *,
    arrival_delayed_count / arrival_count as late_share
from hours
where arrival_count > 0
order by airport, scheduled_departure_hour
