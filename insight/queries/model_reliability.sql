select lowest_probability, flights, mean_probability, late_share, late_share_low, late_share_high
from monitoring.ml.model_reliability
where part = $part
order by lowest_probability
