-- The most and the least punctual of the large airlines, which have at least `large_share` of all arrivals.
WITH bound AS (SELECT 0.05::DOUBLE AS large_share),

airlines AS (
    SELECT
        coalesce(airline_name, airline_code) AS airline_name,
        sum(arrival_count) AS arrival_count,
        sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) AS late_share
    FROM marts.agg_flights_daily
    LEFT JOIN marts.dim_airlines USING (airline_code)
    GROUP BY ALL
),

large AS (
    SELECT *
    FROM airlines, bound
    WHERE arrival_count >= large_share * (SELECT sum(arrival_count) FROM airlines) AND arrival_count > 0
)

SELECT
    arg_min(airline_name, (late_share, airline_name)) AS best_name,
    min(late_share) AS best_share,
    max_by(airline_name, (late_share, airline_name)) AS worst_name,
    max(late_share) AS worst_share,
    any_value(large_share) AS large_share,
    count(*) AS airline_count
FROM large
HAVING count(*) > 0
