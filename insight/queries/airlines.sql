-- Late arrivals of each airline, as counted and as if all airlines flew on the same days from the same airports.
with days as (
    select
        airline_code,
        arrival_count as arrived,
        arrival_delayed_count as late,
        stratum_arrival_count as weight,
        stratum_expected_delayed_sum - stratum_arrival_delayed_count as excess
    from marts.agg_airline_daily
    where
        date_trunc('month', flight_date) between $first_month::date and $last_month::date
        and arrival_count > 0
),

overall as (
    select sum(late) / sum(arrived) as late_share from days
),

shares as (
    select
        airline_code,
        sum(arrived)::bigint as arrival_count,
        sum(late)::bigint as arrival_delayed_count,
        count(*) as day_count,
        sum(late) / sum(arrived) as late_share,
        sum(excess) / sum(weight) as difference
    from days
    group by airline_code
),

-- Flights of one day are alike: the error of a ratio of sums of days (Cochran 1977, see insight/airlines.py).
errors as (
    select
        airline_code,
        sqrt(sum((late - late_share * arrived) ** 2) * any_value(day_count / nullif(day_count - 1, 0))) / sum(arrived)
            as late_share_error,
        sqrt(sum((excess - difference * weight) ** 2) * any_value(day_count / nullif(day_count - 1, 0))) / sum(weight)
            as adjusted_error
    from days
    inner join shares using (airline_code)
    group by airline_code
)

select
    airline_code,
    coalesce(airline_name, airline_code) as airline_name,
    arrival_count,
    arrival_delayed_count,
    day_count,
    shares.late_share,
    shares.late_share - 1.96 * late_share_error as late_share_low,
    shares.late_share + 1.96 * late_share_error as late_share_high,
    overall.late_share + difference as adjusted_late_share,
    overall.late_share + difference - 1.96 * adjusted_error as adjusted_low,
    overall.late_share + difference + 1.96 * adjusted_error as adjusted_high,
    overall.late_share as overall_late_share
from shares
inner join errors using (airline_code)
left join marts.dim_airlines using (airline_code)
cross join overall
order by adjusted_late_share, airline_code
