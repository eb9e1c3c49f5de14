WITH months AS (
    SELECT
        date_trunc('month', flight_date)::DATE AS month,
        sum(arrival_delayed_count) / sum(arrival_count) AS late_share
    FROM marts.agg_flights_daily
    GROUP BY month
    HAVING sum(arrival_count) > 0
)

SELECT
    arg_min(month, (late_share, month)) AS best_month,
    min(late_share) AS best_share,
    arg_max(month, (late_share, -epoch(month))) AS worst_month,
    max(late_share) AS worst_share,
    count(*) AS month_count
FROM months
HAVING count(*) > 0
