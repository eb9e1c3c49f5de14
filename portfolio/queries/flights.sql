SELECT
    sum(flight_count)::BIGINT AS flight_count,
    sum(arrival_count)::BIGINT AS arrival_count,
    count(DISTINCT origin_airport_code) AS origin_count,
    count(DISTINCT date_trunc('month', flight_date)) AS month_count,
    min(flight_date) AS first_date,
    max(flight_date) AS last_date,
    sum(cancelled_count) / sum(flight_count) AS cancelled_share,
    sum(arrival_delayed_count) / nullif(sum(arrival_count), 0) AS late_share
FROM marts.agg_flights_daily
HAVING count(*) > 0
