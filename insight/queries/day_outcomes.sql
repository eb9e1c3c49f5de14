-- One day, all airports: how its flights ended, by scheduled local hour of departure.
select
    hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
    count(*) as flight_count,
    count(*) filter (where not is_arrival_delayed) as on_time_count,
    count(*) filter (where is_arrival_delayed) as arrival_delayed_count,
    count(*) filter (where is_cancelled) as cancelled_count,
    count(*) filter (where is_diverted) as diverted_count
from marts.fct_flights
where flight_date = $day::date
group by scheduled_departure_hour
order by scheduled_departure_hour
