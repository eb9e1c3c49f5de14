select
    airports.airport_code,
    airports.airport_name,
    airports.latitude_degrees,
    airports.longitude_degrees,
    airports.elevation_feet,
    airports.time_zone,
    airports.is_supplemented,
    stations.station_id as weather_station_id
from {{ ref("int_airports_supplemented") }} as airports
left join {{ ref("station_crosswalk") }} as stations on airports.airport_code = stations.airport_code
