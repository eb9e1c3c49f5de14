{#- No two rows have the same values in all of these columns: the grain of a table with a compound key. -#}
{% test unique_together(model, columns) %}
select {{ columns | join(", ") }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
