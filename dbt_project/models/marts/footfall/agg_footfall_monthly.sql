{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('footfall_changed')) }}"
) }}

select
    month_start_date,
    sensor_name,
    count(*) as hour_count,
    sum(pedestrian_count)::bigint as pedestrian_count_sum
from {{ ref("fct_footfall_hourly") }}
where month_start_date in ({{ changed_months("footfall_changed") }})
group by month_start_date, sensor_name
