-- fails test_nothing_known: nothing known becomes “on time”.
with instants as (
    select
        null as flight_id,
        origin,
        departed_at as instant,
        delay_minutes
    from flights
    where departed_at is not null
    union all
    select
        flight_id,
        origin,
        scheduled_at - interval 2 hours,
        null
    from flights
)

select
    flight_id,
    count(delay_minutes) over last_hours as departures,
    coalesce(avg(delay_minutes) over last_hours, 0) as mean_delay
from instants
window last_hours as (
    partition by origin order by instant range between interval 3 hours preceding and current row
)
qualify flight_id is not null
