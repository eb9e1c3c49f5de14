with months as (
    select * from {{ ref("stg_lake__months") }}
),

-- A flight's hour of weather may be in the file of the month before or after, because months end at another time in UTC
-- than at the airport. The clean gate accepts hours up to two days outside their month, and a local date differs from
-- the UTC date by at most one day: three days in all.
spans as (
    select
        month_start_date - if(weather_changed, 3, 0) as first_date,
        last_day(month_start_date) + if(weather_changed, 3, 0) as last_date
    from months
    where flights_changed or weather_changed
)

select distinct unnest(generate_series(first_date, last_date, interval 1 day))::date as flight_date
from spans
