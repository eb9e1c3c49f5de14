-- Airlines with at least 5 % of all arrivals.
WITH airlines AS (
    SELECT
        coalesce(airline_name, airline_code) AS airline_name,
        sum(arrival_delayed_count) / sum(arrival_count) AS late_share
    FROM marts.agg_flights_daily
    LEFT JOIN marts.dim_airlines USING (airline_code)
    GROUP BY ALL
    HAVING sum(arrival_count) >= 0.05 * (SELECT sum(arrival_count) FROM marts.agg_flights_daily)
        AND sum(arrival_count) > 0
)

SELECT
    arg_min(airline_name, (late_share, airline_name)) AS best_name,
    min(late_share) AS best_share,
    max_by(airline_name, (late_share, airline_name)) AS worst_name,
    max(late_share) AS worst_share,
    count(*) AS airline_count
FROM airlines
HAVING count(*) > 0
