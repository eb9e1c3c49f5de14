{#- The delay columns that every aggregate of fct_flights has, defined once. -#}
{% macro delay_measures() %}
    count(*) as flight_count,
    count(*) filter (where is_cancelled) as cancelled_count,
    count(*) filter (where is_diverted) as diverted_count,
    count(*) filter (where is_arrival_delayed) as arrival_delayed_count,
    -- a cancelled or diverted flight is neither delayed nor on time, so it is not in the denominator
    count(*) filter (where is_arrival_delayed) / nullif(count(is_arrival_delayed), 0) as arrival_delayed_share,
    avg(departure_delay_minutes) as average_departure_delay_minutes,
    median(departure_delay_minutes) as median_departure_delay_minutes,
    avg(arrival_delay_minutes) as average_arrival_delay_minutes,
    median(arrival_delay_minutes) as median_arrival_delay_minutes
{% endmacro %}
