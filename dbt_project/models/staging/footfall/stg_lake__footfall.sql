-- Wide to long: one row per sensor and hour. An hour in which a sensor did not count has no row.
select
    sensor_name,
    counted_at,
    counted_local_at,
    pedestrian_count,
    -- the month of the file's folder: the publisher's day ends at 06:00, so its last hours are in the next month
    make_date(year::integer, month::integer, 1) as month_start_date
from {{ source("lake", "footfall") }}
unpivot (
    pedestrian_count for sensor_name in ( -- noqa: disable=RF05
        sensor_1_courthouse_lane as '1 Courthouse Lane',
        sensor_107_quay_street as '107 Quay Street',
        sensor_150_k_road as '150 K Road',
        sensor_183_k_road as '183 K Road',
        sensor_188_quay_street_lower_albert_ew as '188 Quay Street Lower Albert (EW)',
        sensor_188_quay_street_lower_albert_ns as '188 Quay Street Lower Albert (NS)',
        sensor_19_shortland_street as '19 Shortland Street',
        sensor_2_high_street as '2 High Street',
        sensor_205_queen_street as '205 Queen Street',
        sensor_210_queen_street as '210 Queen Street',
        sensor_261_queen_street as '261 Queen Street',
        sensor_297_queen_street as '297 Queen Street',
        sensor_30_queen_street as '30 Queen Street',
        sensor_45_queen_street as '45 Queen Street',
        sensor_59_high_street as '59 High Street',
        sensor_61_federal_street as '61 Federal Street',
        sensor_7_custom_street_east as '7 Custom Street East',
        sensor_8_darby_street_ew as '8 Darby Street EW',
        sensor_8_darby_street_ns as '8 Darby Street NS',
        sensor_commerce_street_west as 'Commerce Street West',
        sensor_te_ara_tahuhu_walkway as 'Te Ara Tahuhu Walkway'
    )
)
