-- Minutes of delay by cause and month, of the delayed flights for which the Bureau gives causes.
with months as (
    select
        month_start_date,
        sum(delayed_count)::bigint as delayed_count,
        sum(carrier_delay_minutes_sum)::bigint as carrier,
        sum(late_aircraft_delay_minutes_sum)::bigint as late_aircraft,
        sum(nas_delay_minutes_sum)::bigint as nas,
        sum(weather_delay_minutes_sum)::bigint as weather,
        sum(security_delay_minutes_sum)::bigint as security
    from marts.agg_delay_causes_monthly
    where month_start_date between $first_month::date and $last_month::date
    group by month_start_date
)

select
    month_start_date,
    delayed_count,
    cause,
    minutes,
    minutes / delayed_count as minutes_per_delayed_flight
from months
unpivot (minutes for cause in (carrier, late_aircraft, nas, weather, security))
order by month_start_date, cause
