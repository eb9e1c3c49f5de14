select
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
    implausible_values,
    -- the month of the file's folder, not of the hour: a month's last local hours are in the next month in UTC
    make_date(year::integer, month::integer, 1) as month_start_date
from {{ source("lake", "weather") }}
