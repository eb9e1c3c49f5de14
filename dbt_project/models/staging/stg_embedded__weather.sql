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
    implausible_values
from {{ source("embedded", "weather") }}
