-- The champion on the months that its training did not see. The area under the ROC curve is the share of pairs of a late
-- and a punctual flight in which the late one has the higher probability; ties count half (Mann and Whitney 1947).
WITH tested AS (
    SELECT
        flights.flight_date,
        predictions.delay_probability AS probability,
        flights.is_arrival_delayed::INTEGER AS is_late
    FROM predictions.ml.flight_delay_predictions AS predictions
    INNER JOIN marts.fct_flights AS flights USING (flight_key)
    WHERE flights.is_arrival_delayed IS NOT NULL
        AND strftime(flights.flight_date, '%Y-%m') IN (
            SELECT month FROM monitoring.ml.model_performance WHERE part = 'test'
        )
),

by_probability AS (
    SELECT
        probability,
        sum(is_late) AS late_count,
        count(*) - sum(is_late) AS punctual_count,
        sum(punctual_count) OVER (ORDER BY probability) - punctual_count AS punctual_below_count
    FROM tested
    GROUP BY probability
),

pairs AS (
    SELECT sum(late_count * (punctual_below_count + punctual_count / 2)) AS right_count FROM by_probability
)

SELECT
    count(*) AS flight_count,
    min(flight_date) AS first_date,
    max(flight_date) AS last_date,
    avg(is_late) AS late_share,
    avg(probability) AS expected_share,
    right_count / nullif(sum(is_late) * (count(*) - sum(is_late)), 0) AS pairs_share,
    1 - avg((probability - is_late) ** 2) / nullif(avg(is_late) * (1 - avg(is_late)), 0) AS skill
FROM tested, pairs
GROUP BY right_count
HAVING count(*) > 0
