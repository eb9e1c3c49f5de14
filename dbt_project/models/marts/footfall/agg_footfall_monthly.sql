{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('footfall_changed')) }}"
) }}

select
    month_start_date,
    count(*) as row_count,
    count(footfall_45_queen_street) as footfall_45_queen_street_count,
    coalesce(sum(footfall_45_queen_street), 0)::double as footfall_45_queen_street_sum
from {{ ref("fct_footfall") }}
where month_start_date in ({{ changed_months("footfall_changed") }})
group by month_start_date
