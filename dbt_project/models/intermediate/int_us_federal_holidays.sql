-- The federal holidays of 5 U.S.C. 6103(a) since 1986, and the weekdays on which they are observed.
with years as (
    -- one more year, because a New Year's Day on a Saturday is observed on 31 December of the year before
    select unnest(generate_series(min(year(month_start_date)), max(year(month_start_date)) + 1)) as holiday_year
    from {{ ref("stg_lake__months") }}
    where has_flights
),

-- A holiday is a fixed day of a month or, with an ISO weekday (1 is Monday), the first such weekday from that day on:
-- the third Monday of January is the first Monday from 15 January on.
rules (holiday_name, holiday_month, first_day, iso_weekday, first_year) as (
    values
    ('New Year''s Day', 1, 1, null, null),
    ('Birthday of Martin Luther King, Jr.', 1, 15, 1, null),
    ('Washington''s Birthday', 2, 15, 1, null),
    ('Memorial Day', 5, 25, 1, null),
    ('Juneteenth National Independence Day', 6, 19, null, 2021),
    ('Independence Day', 7, 4, null, null),
    ('Labor Day', 9, 1, 1, null),
    ('Columbus Day', 10, 8, 1, null),
    ('Veterans Day', 11, 11, null, null),
    ('Thanksgiving Day', 11, 22, 4, null),
    ('Christmas Day', 12, 25, null, null)
),

candidates as (
    select
        rules.holiday_name,
        rules.iso_weekday,
        make_date(years.holiday_year, rules.holiday_month, rules.first_day) as first_date
    from years
    cross join rules
    where years.holiday_year >= coalesce(rules.first_year, years.holiday_year)
),

holidays as (
    select
        holiday_name,
        first_date + coalesce((iso_weekday - isodow(first_date) + 7) % 7, 0)::integer as holiday_date
    from candidates
),

-- 5 U.S.C. 6103(b) moves a holiday from Saturday to Friday, Executive Order 11582 one from Sunday to Monday.
observed_elsewhere as (
    select
        holiday_name || ' (observed)' as holiday_name,
        case isodow(holiday_date) when 6 then holiday_date - 1 when 7 then holiday_date + 1 end as holiday_date
    from holidays
    where isodow(holiday_date) in (6, 7)
),

all_days as (
    select * from holidays
    union all
    select * from observed_elsewhere
)

select
    holiday_date,
    holiday_name
from all_days
where year(holiday_date) < (select max(years.holiday_year) from years)
