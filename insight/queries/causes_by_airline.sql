-- Minutes of delay by cause and airline, of the delayed flights for which the Bureau gives causes.
with airlines as (
    select
        airline_code,
        sum(delayed_count)::bigint as delayed_count,
        sum(carrier_delay_minutes_sum)::bigint as carrier,
        sum(late_aircraft_delay_minutes_sum)::bigint as late_aircraft,
        sum(nas_delay_minutes_sum)::bigint as nas,
        sum(weather_delay_minutes_sum)::bigint as weather,
        sum(security_delay_minutes_sum)::bigint as security
    from marts.agg_delay_causes_monthly
    where month_start_date between $first_month::date and $last_month::date
    group by airline_code
)

select
    airline_code,
    coalesce(airline_name, airline_code) as airline_name,
    delayed_count,
    cause,
    minutes,
    minutes / nullif(sum(minutes) over (partition by airline_code), 0) as share
from airlines
unpivot (minutes for cause in (carrier, late_aircraft, nas, weather, security))
left join marts.dim_airlines using (airline_code)
order by delayed_count desc, airline_code, cause
