with months as (
    select * from {{ ref("stg_lake__months") }}
),

-- A flight's hour of weather may have come with the month before or after its own: the month's end in UTC is not the
-- airport's. The clean gate lets an hour be two days outside its month, and a local date is within one of the UTC date.
spans as (
    select
        month_start_date - if(weather_changed, 3, 0) as first_date,
        last_day(month_start_date) + if(weather_changed, 3, 0) as last_date
    from months
    where flights_changed or weather_changed
)

select distinct unnest(generate_series(first_date, last_date, interval 1 day))::date as flight_date
from spans
