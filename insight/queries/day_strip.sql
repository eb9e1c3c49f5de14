-- One day: flights by scheduled local hour of departure, at the 30 airports with most flights.
with hours as (
    select
        origin_airport_code as airport_code,
        hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
        count(*) as flight_count,
        count(*) filter (where is_cancelled) as cancelled_count,
        count(*) filter (where is_diverted) as diverted_count,
        count(arrival_delay_minutes) as arrival_count,
        count(*) filter (where is_arrival_delayed) as arrival_delayed_count
    from marts.fct_flights
    where flight_date = $day::date
    group by all
),

airports as (
    select
        airport_code,
        sum(flight_count)::bigint as day_flight_count
    from hours
    group by airport_code
    order by day_flight_count desc, airport_code
    limit 30
)

select
    hours.*,
    arrival_delayed_count / nullif(arrival_count, 0) as late_share,
    day_flight_count
from hours
inner join airports using (airport_code)
order by day_flight_count desc, airport_code, scheduled_departure_hour
