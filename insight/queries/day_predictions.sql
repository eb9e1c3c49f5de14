-- One day: late arrivals that the model predicted two hours before departure (the sum of the probabilities), and the
-- late arrivals that happened. Cancelled and diverted flights have no outcome.
select
    hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
    count(*) as arrival_count,
    sum(delay_probability) as predicted_late_count,
    count(*) filter (where is_arrival_delayed) as arrival_delayed_count
from marts.fct_flights
inner join predictions.ml.flight_delay_predictions using (flight_key)
where
    flight_date = $day::date
    and is_arrival_delayed is not null
group by scheduled_departure_hour
order by scheduled_departure_hour
