{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('weather_changed')) }}"
) }}

select
    airport_code || '_' || strftime(observed_at, '%Y-%m-%dT%HZ') as weather_key,
    airport_code,
    observed_at,
    temperature_celsius,
    dew_point_celsius,
    relative_humidity_percent,
    wind_direction_degrees,
    wind_speed_meters_per_second,
    wind_gust_meters_per_second,
    precipitation_millimeters,
    pressure_hectopascals,
    visibility_kilometers,
    temperature_celsius * 9 / 5 + 32 as temperature_fahrenheit,
    dew_point_celsius * 9 / 5 + 32 as dew_point_fahrenheit,
    -- one international mile is 1,609.344 m, one inch 25.4 mm
    wind_speed_meters_per_second * 3600 / 1609.344 as wind_speed_miles_per_hour,
    wind_gust_meters_per_second * 3600 / 1609.344 as wind_gust_miles_per_hour,
    precipitation_millimeters / 25.4 as precipitation_inches,
    visibility_kilometers / 1.609344 as visibility_miles,
    implausible_values,
    month_start_date
from {{ ref("stg_lake__weather") }}
where month_start_date in ({{ changed_months("weather_changed") }})
