-- The ten routes of each month that were late most often.
select
    month,
    origin,
    dest,
    count(*) as arrivals
from flights
group by month, origin, dest
