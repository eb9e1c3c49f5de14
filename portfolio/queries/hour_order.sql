-- Of all pairs of hours, the share in which the later hour has the higher share of late flights.
WITH hours AS (
    SELECT
        scheduled_departure_hour AS hour,
        sum(arrival_delayed_count) / sum(arrival_count) AS late_share
    FROM marts.agg_airport_delays_hourly
    GROUP BY hour
    HAVING sum(arrival_count) >= 0.005 * (SELECT sum(arrival_count) FROM marts.agg_airport_delays_hourly)
        AND sum(arrival_count) > 0
)

SELECT count_if(later.late_share > earlier.late_share) / count(*) AS rising_share
FROM hours AS earlier
INNER JOIN hours AS later ON earlier.hour < later.hour
HAVING count(*) > 0
