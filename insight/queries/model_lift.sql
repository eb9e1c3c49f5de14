select flagged_share, flights, late_flights, late_share, caught_share, lift
from monitoring.ml.model_lift
where part = $part
order by flagged_share
