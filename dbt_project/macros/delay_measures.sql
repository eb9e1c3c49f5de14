{#- Counts and sums of flights. They may be added up over any rows of an aggregate; a share or an average may not. -#}
{% macro additive_measures() %}
    count(*) as flight_count,
    count(*) filter (where is_cancelled) as cancelled_count,
    count(*) filter (where is_diverted) as diverted_count,
    count(departure_delay_minutes) as departure_count,
    count(arrival_delay_minutes) as arrival_count,
    count(*) filter (where is_arrival_delayed) as arrival_delayed_count,
    {{ sum_of("departure_delay_minutes") }},
    {{ sum_of("arrival_delay_minutes") }},
    coalesce(sum(arrival_delay_minutes) filter (where arrival_delay_minutes > 0), 0)::bigint as arrival_late_minutes_sum
{%- endmacro %}

{#- The sum of a column of whole numbers; 0 if there are none. -#}
{% macro sum_of(column) -%}
    coalesce(sum({{ column }}), 0)::bigint as {{ column }}_sum
{%- endmacro %}

{#- The delay columns of an aggregate that people read as it is: after the additive ones, a share and typical delays. -#}
{% macro delay_measures() %}
    {{- additive_measures() }},
    -- a cancelled or diverted flight is neither delayed nor on time, so it is not in the denominator
    count(*) filter (where is_arrival_delayed) / nullif(count(is_arrival_delayed), 0) as arrival_delayed_share,
    avg(departure_delay_minutes) as average_departure_delay_minutes,
    median(departure_delay_minutes) as median_departure_delay_minutes,
    avg(arrival_delay_minutes) as average_arrival_delay_minutes,
    median(arrival_delay_minutes) as median_arrival_delay_minutes
{% endmacro %}
