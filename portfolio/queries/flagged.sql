-- Of the flights of the test, the tenth with the highest probabilities.
WITH tested AS (
    SELECT
        flights.is_arrival_delayed::INTEGER AS is_late,
        row_number() OVER (ORDER BY predictions.delay_probability DESC, flight_key) AS place,
        count(*) OVER () AS flights
    FROM predictions.ml.flight_delay_predictions AS predictions
    INNER JOIN marts.fct_flights AS flights USING (flight_key)
    WHERE flights.is_arrival_delayed IS NOT NULL
        AND strftime(flights.flight_date, '%Y-%m') IN (
            SELECT month FROM monitoring.ml.model_performance WHERE part = 'test'
        )
)

SELECT
    0.1::DOUBLE AS flagged_share,
    sum(is_late) FILTER (WHERE place <= 0.1 * flights) / nullif(sum(is_late), 0) AS caught_share
FROM tested
HAVING count(*) > 0
