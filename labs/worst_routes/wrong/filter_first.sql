-- fails test_good_month_before: only the ten worst of the month before are compared with.
with worst as (
    select
        month,
        origin,
        dest,
        count(arr_delay) as arrivals,
        avg((arr_delay >= 15)::integer) as late_share,
        rank() over (partition by month order by avg((arr_delay >= 15)::integer) desc) as place
    from flights
    group by month, origin, dest
    having count(arr_delay) >= 20
    qualify place <= 10
)

select
    now.*,
    now.late_share - before.late_share as change
from worst as now
left join worst as before
    on now.origin = before.origin and now.dest = before.dest and now.month = before.month + 1
