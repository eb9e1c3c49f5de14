-- Minutes of delay by cause and airline, of the delayed flights for which the Bureau gives causes.
select
    airline_code,
    coalesce(any_value(airline_name), airline_code) as airline_name,
    sum(delayed_count)::bigint as delayed_count,
    cause,
    sum(cause_minutes)::bigint as minutes,
    sum(cause_minutes) / nullif(sum(sum(cause_minutes)) over (partition by airline_code), 0) as share
from marts.agg_delay_causes_monthly
unpivot (cause_minutes for cause in (
    carrier_delay_minutes_sum as carrier,
    late_aircraft_delay_minutes_sum as late_aircraft,
    nas_delay_minutes_sum as nas,
    weather_delay_minutes_sum as weather,
    security_delay_minutes_sum as security
))
left join marts.dim_airlines using (airline_code)
where month_start_date between $first_month::date and $last_month::date
group by airline_code, cause
order by delayed_count desc, airline_code, cause
