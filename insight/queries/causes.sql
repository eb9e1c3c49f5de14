-- Minutes of delay by cause and month, of the delayed flights for which the Bureau gives causes.
select
    month_start_date,
    sum(delayed_count)::bigint as delayed_count,
    cause,
    sum(cause_minutes)::bigint as minutes,
    sum(cause_minutes) / sum(delayed_count) as minutes_per_delayed_flight
from marts.agg_delay_causes_monthly
unpivot (cause_minutes for cause in (
    carrier_delay_minutes_sum as carrier,
    late_aircraft_delay_minutes_sum as late_aircraft,
    nas_delay_minutes_sum as nas,
    weather_delay_minutes_sum as weather,
    security_delay_minutes_sum as security
))
where month_start_date between $first_month::date and $last_month::date
group by month_start_date, cause
order by month_start_date, cause
