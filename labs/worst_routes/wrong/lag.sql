-- fails test_month_before: lag() is the row before, which is another month wherever a route has a gap.
with shares as (
    select
        month,
        origin,
        dest,
        count(arr_delay) as arrivals,
        avg((arr_delay >= 15)::integer) as late_share
    from flights
    group by month, origin, dest
    having count(arr_delay) >= 20
)

select
    *,
    rank() over (partition by month order by late_share desc) as place,
    late_share - lag(late_share) over (partition by origin, dest order by month) as change
from shares
qualify place <= 10
