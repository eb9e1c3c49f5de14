with loaded_months as (
    select
        min(month_start_date) as first_date,
        last_day(max(month_start_date)) as last_date
    from {{ ref("stg_lake__months") }}
    where has_flights
),

-- whole months without a gap, so that a day without flights has a row too
days as (
    select unnest(generate_series(first_date, last_date, interval 1 day))::date as date_day
    from loaded_months
),

holidays as (
    select * from {{ ref("int_us_federal_holidays") }}
)

select
    days.date_day,
    year(days.date_day)::integer as year,
    quarter(days.date_day)::integer as quarter,
    month(days.date_day)::integer as month,
    day(days.date_day)::integer as day_of_month,
    isodow(days.date_day)::integer as day_of_week_iso,
    dayname(days.date_day) as day_name,
    week(days.date_day)::integer as iso_week,
    isodow(days.date_day) in (6, 7) as is_weekend,
    holidays.holiday_date is not null as is_us_federal_holiday,
    holidays.holiday_name
from days
left join holidays on days.date_day = holidays.holiday_date
