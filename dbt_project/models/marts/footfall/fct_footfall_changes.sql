-- Months in which the whole city, or one sensor, changed more than usual. docs/learn/pedestrians.md has the method.
with levels as (
    select
        sensor_name,
        month_start_date,
        ln(pedestrian_count_sum / hour_count) as level
    from {{ ref("agg_footfall_monthly") }}
    -- half of the shortest month: fewer hours are not comparable
    where hour_count >= 336 and pedestrian_count_sum > 0
),

changes as (
    select
        now.sensor_name,
        now.month_start_date,
        now.level - before.level as change
    from levels as now
    inner join levels as before
        on
            now.sensor_name = before.sensor_name
            and now.month_start_date = before.month_start_date + interval 1 month
),

cities as (
    select
        month_start_date,
        median(change) as city_change
    from changes
    group by month_start_date
),

own as (
    select
        changes.*,
        cities.city_change,
        changes.change - cities.city_change as own_change
    from changes
    inner join cities on changes.month_start_date = cities.month_start_date
),

city_scores as (
    select
        month_start_date,
        0.6745 * (city_change - median(city_change) over ()) / nullif(mad(city_change) over (), 0) as city_score
    from cities
),

scored as (
    select
        own.*,
        city_scores.city_score,
        0.6745 * (own.own_change - median(own.own_change) over (partition by own.sensor_name))
        / nullif(mad(own.own_change) over (partition by own.sensor_name), 0) as own_score
    from own
    inner join city_scores on own.month_start_date = city_scores.month_start_date
)

select
    month_start_date,
    sensor_name,
    exp(change) as change_factor,
    exp(city_change) as city_change_factor,
    city_score,
    own_score,
    coalesce(abs(city_score) > 3.5, false) as is_city_unusual,
    -- when the whole city changes, sensors differ from each other too
    coalesce(abs(own_score) > 3.5 and abs(own_change) > ln(1.25) and abs(city_score) <= 3.5, false) as is_sensor_unusual
from scored
