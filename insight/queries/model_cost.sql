select threshold, is_champions, flagged_share, precision, recall, cost, cost_of_flagging_none, cost_of_flagging_all
from monitoring.ml.model_cost
where part = $part
order by threshold
