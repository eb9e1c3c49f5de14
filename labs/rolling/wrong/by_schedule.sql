-- fails test_late_departure: a window over the schedule uses delays that nobody knew yet at the cut.
select
    flight_id,
    count(delay_minutes) over last_hours as departures,
    avg(delay_minutes) over last_hours as mean_delay
from flights
window last_hours as (
    partition by origin order by scheduled_at range between interval 5 hours preceding and interval 2 hours preceding
)
