{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('footfall_changed')) }}"
) }}

select
    date,
    hour,
    footfall_year,
    footfall_1_courthouse_lane,
    footfall_107_quay_street,
    footfall_150_k_road,
    footfall_183_k_road,
    footfall_188_quay_street_lower_albert_ew,
    footfall_188_quay_street_lower_albert_ns,
    footfall_19_shortland_street,
    footfall_2_high_street,
    footfall_205_queen_street,
    footfall_210_queen_street,
    footfall_261_queen_street,
    footfall_297_queen_street,
    footfall_30_queen_street,
    footfall_45_queen_street,
    footfall_59_high_street,
    footfall_61_federal_street,
    footfall_7_custom_street_east,
    footfall_8_darby_street_ew,
    footfall_8_darby_street_ns,
    commerce_street_west,
    te_ara_tahuhu_walkway,
    month_start_date
from {{ ref("stg_lake__footfall") }}
where month_start_date in ({{ changed_months("footfall_changed") }})
