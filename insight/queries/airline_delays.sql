-- Quantiles of each airline's arrival delays, from counts by bins of five minutes.
with bins as (
    select
        airline_code,
        delay_minutes_from,
        sum(arrival_count)::bigint as arrivals
    from marts.agg_delay_histogram_monthly
    where month_start_date between $first_month::date and $last_month::date
    group by airline_code, delay_minutes_from
    having arrivals > 0
),

cumulated as (
    select
        *,
        sum(arrivals) over (partition by airline_code order by delay_minutes_from) as until_here,
        sum(arrivals) over (partition by airline_code) as total
    from bins
),

quantiles as (
    select
        airline_code,
        level,
        any_value(total)::bigint as arrival_count,
        -- we assume that flights are spread evenly within the bin that holds the quantile
        arg_min(
            delay_minutes_from + 5 * (level * total - (until_here - arrivals)) / arrivals, delay_minutes_from
        ) as minutes
    from cumulated
    cross join (values (0.1), (0.25), (0.5), (0.75), (0.9)) as levels (level)
    where until_here >= level * total
    group by airline_code, level
)

select
    airline_code,
    coalesce(any_value(airline_name), airline_code) as airline_name,
    any_value(arrival_count) as arrival_count,
    max(minutes) filter (where level = 0.1) as percentile_10_minutes,
    max(minutes) filter (where level = 0.25) as percentile_25_minutes,
    max(minutes) filter (where level = 0.5) as median_minutes,
    max(minutes) filter (where level = 0.75) as percentile_75_minutes,
    max(minutes) filter (where level = 0.9) as percentile_90_minutes
from quantiles
left join marts.dim_airlines using (airline_code)
group by airline_code
order by median_minutes, airline_code
