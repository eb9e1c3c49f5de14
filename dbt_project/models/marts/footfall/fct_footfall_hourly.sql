{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('footfall_changed')) }}"
) }}

select
    sensor_name,
    counted_at,
    counted_local_at,
    pedestrian_count,
    month_start_date
from {{ ref("stg_lake__footfall") }}
where month_start_date in ({{ changed_months("footfall_changed") }})
