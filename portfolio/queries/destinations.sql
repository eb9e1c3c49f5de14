-- The most and the least punctual among destinations with at least one percent of the flights.
WITH destinations AS (
    SELECT
        coalesce(airport_name, destination_airport_code) AS airport_name,
        sum(arrival_count) AS arrival_count,
        sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) AS late_share
    FROM marts.agg_route_airline_monthly
    LEFT JOIN marts.dim_airports ON destination_airport_code = airport_code
    GROUP BY ALL
),

large AS (
    SELECT *
    FROM destinations
    WHERE arrival_count >= 0.01 * (SELECT sum(arrival_count) FROM destinations) AND arrival_count > 0
)

SELECT
    (SELECT count(*) FROM destinations) AS destination_count,
    arg_min(airport_name, (late_share, airport_name)) AS best_name,
    min(late_share) AS best_share,
    max_by(airport_name, (late_share, airport_name)) AS worst_name,
    max(late_share) AS worst_share,
    count(*) AS large_count
FROM large
HAVING count(*) > 0
