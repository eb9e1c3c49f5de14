{#- What every aggregate of fct_flights says about delays: one definition for all of them. -#}
{% macro delay_measures() %}
    count(*) as flight_count,
    count(*) filter (where is_cancelled) as cancelled_count,
    count(*) filter (where is_diverted) as diverted_count,
    count(*) filter (where is_arrival_delayed) as arrival_delayed_count,
    -- of the flights with an arrival delay: a cancelled or diverted flight is neither delayed nor on time
    count(*) filter (where is_arrival_delayed) / nullif(count(is_arrival_delayed), 0) as arrival_delayed_share,
    avg(departure_delay_minutes) as average_departure_delay_minutes,
    median(departure_delay_minutes) as median_departure_delay_minutes,
    avg(arrival_delay_minutes) as average_arrival_delay_minutes,
    median(arrival_delay_minutes) as median_arrival_delay_minutes
{% endmacro %}
