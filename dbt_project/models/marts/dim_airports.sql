select
    airport_code,
    airport_name,
    latitude_degrees,
    longitude_degrees,
    elevation_feet,
    time_zone,
    is_supplemented
from {{ ref("int_airports_supplemented") }}
