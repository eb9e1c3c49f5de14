-- Hours with less than half a percent of the flights are left out.
WITH hours AS (
    SELECT
        scheduled_departure_hour AS hour,
        sum(arrival_delayed_count) / sum(arrival_count) AS late_share
    FROM marts.agg_airport_delays_hourly
    GROUP BY hour
    HAVING sum(arrival_count) >= 0.005 * (SELECT sum(arrival_count) FROM marts.agg_airport_delays_hourly)
        AND sum(arrival_count) > 0
)

SELECT
    arg_min(hour, (late_share, hour)) AS best_hour,
    min(late_share) AS best_share,
    arg_max(hour, (late_share, -hour)) AS worst_hour,
    max(late_share) AS worst_share,
    count(*) AS hour_count
FROM hours
HAVING count(*) > 0
