-- Hours with at least 1 % of all arrivals. `rising_share`: of all pairs of hours, the share in which the later hour has
-- the higher share of late flights.
WITH hours AS (
    SELECT
        scheduled_departure_hour AS hour,
        sum(arrival_delayed_count) / sum(arrival_count) AS late_share
    FROM marts.agg_airport_delays_hourly
    GROUP BY hour
    HAVING sum(arrival_count) >= 0.01 * (SELECT sum(arrival_count) FROM marts.agg_airport_delays_hourly)
        AND sum(arrival_count) > 0
)

SELECT
    arg_min(hour, (late_share, hour)) AS best_hour,
    min(late_share) AS best_share,
    arg_max(hour, (late_share, -hour)) AS worst_hour,
    max(late_share) AS worst_share,
    count(*) AS hour_count,
    (
        SELECT count_if(later.late_share > earlier.late_share) / count(*)
        FROM hours AS earlier
        INNER JOIN hours AS later ON earlier.hour < later.hour
    ) AS rising_share
FROM hours
HAVING count(*) > 0
