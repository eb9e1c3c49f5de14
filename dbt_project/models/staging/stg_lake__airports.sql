select
    airport_code,
    airport_name,
    latitude_degrees,
    longitude_degrees,
    elevation_feet,
    time_zone
from {{ source("lake", "airports") }}
