-- fails test_every_flight: only flights that left are asked for, so cancelled ones have no features.
select
    asked.flight_id,
    count(others.flight_id) as departures,
    avg(others.delay_minutes) as mean_delay
from flights as asked
left join flights as others
    on
        asked.origin = others.origin
        and others.departed_at between asked.scheduled_at - interval 5 hours and asked.scheduled_at - interval 2 hours
where asked.departed_at is not null
group by asked.flight_id
