-- One day: the weather by local hour, at the airports of day_strip that have a station.
with airports as (
    select
        origin_airport_code as airport_code,
        count(*) as day_flight_count
    from marts.fct_flights
    where flight_date = $day::date
    group by airport_code
    order by day_flight_count desc, airport_code
    limit 30
),

reports as (
    select
        airport_code,
        timezone(time_zone, observed_at) as observed_local_at,
        day_flight_count,
        case $measure
            when 'rain' then precipitation_millimeters
            when 'gusts' then wind_gust_meters_per_second
            when 'visibility' then visibility_kilometers
            when 'temperature' then temperature_celsius
        end as value
    from marts.fct_weather_hourly
    inner join airports using (airport_code)
    inner join marts.dim_airports using (airport_code)
    where observed_at between $day::date - interval 1 day and $day::date + interval 2 days
)

select
    airport_code,
    hour(observed_local_at)::integer as local_hour,
    $measure as measure,
    value
from reports
where
    observed_local_at::date = $day::date
    and value is not null
order by day_flight_count desc, airport_code, local_hour
