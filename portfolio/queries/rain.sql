-- Late shares of the flights that were to depart in an hour with rain or snow, and in an hour without.
SELECT
    avg(is_arrival_delayed::INTEGER) FILTER (WHERE precipitation_millimeters > 0) AS wet_share,
    avg(is_arrival_delayed::INTEGER) FILTER (WHERE precipitation_millimeters = 0) AS dry_share
FROM marts.fct_flights
INNER JOIN marts.fct_weather_hourly USING (weather_key)
