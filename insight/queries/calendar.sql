-- Each day of a year: flights, cancelled flights and late arrivals; of one airport, or of all if $airport is null.
select
    flight_date,
    any_value(holiday_name) as holiday_name,
    sum(flight_count)::bigint as flight_count,
    sum(cancelled_count)::bigint as cancelled_count,
    sum(diverted_count)::bigint as diverted_count,
    sum(arrival_count)::bigint as arrival_count,
    sum(arrival_delayed_count)::bigint as arrival_delayed_count,
    sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) as late_share,
    sum(cancelled_count) / sum(flight_count) as cancelled_share
from marts.agg_flights_daily
inner join marts.dim_dates on flight_date = date_day
where
    year(flight_date) = $year
    and ($airport::varchar is null or origin_airport_code = $airport)
group by flight_date
order by flight_date
