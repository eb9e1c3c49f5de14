-- The ten routes of each month that were late most often.
with shares as (
    select
        month,
        origin,
        dest,
        count(arr_delay) as arrivals,
        -- null stays null, and avg leaves it out
        avg((arr_delay >= 15)::integer) as late_share
    from flights
    group by month, origin, dest
    having count(arr_delay) >= 20
)

select
    now.month,
    now.origin,
    now.dest,
    now.arrivals,
    now.late_share,
    rank() over (partition by now.month order by now.late_share desc) as place,
    now.late_share - before.late_share as change
from shares as now
left join shares as before
    on now.origin = before.origin and now.dest = before.dest and now.month = before.month + 1
qualify place <= 10
