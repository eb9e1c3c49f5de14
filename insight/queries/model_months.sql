select month, part, labelled as arrived_flights, base_rate as late_share_of_arrived, value, judged_as, judged,
    judged_low, judged_high, judged_promised, judged_promised_low, judged_promised_high, status
from monitoring.ml.model_performance
where score = $score
order by month
