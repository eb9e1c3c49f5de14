select
    tail_number,
    manufactured_year,
    aircraft_type,
    manufacturer,
    model,
    engine_count,
    seat_count,
    cruise_speed_mph,
    engine_type
from {{ ref("stg_lake__aircraft") }}
