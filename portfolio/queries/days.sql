WITH days AS (
    SELECT
        flight_date,
        sum(cancelled_count)::BIGINT AS cancelled_count,
        sum(cancelled_count) / sum(flight_count) AS cancelled_share
    FROM marts.agg_flights_daily
    GROUP BY flight_date
)

SELECT
    flight_date AS worst_date,
    cancelled_count,
    cancelled_share,
    (SELECT count(*) FROM days) AS day_count
FROM days
ORDER BY cancelled_share DESC, flight_date
LIMIT 1
