SELECT
    arg_max(origin_airport_code, (flight_count, origin_airport_code)) AS busiest_code,
    max(flight_count) AS busiest_count
FROM (
    SELECT
        origin_airport_code,
        sum(flight_count)::BIGINT AS flight_count
    FROM marts.agg_flights_daily
    GROUP BY origin_airport_code
)
HAVING count(*) > 0
