-- Groups with fewer flights have intervals as wide as the chart.
select value, flights, late_share, mean_probability, bias, bias_low, bias_high
from monitoring.ml.model_slices
where part = $part and dimension = $dimension and flights >= 100
order by bias desc, value
