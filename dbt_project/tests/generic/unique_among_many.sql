{#- As `unique`, for a table of many millions of rows: hashes are grouped, and keys only where two hashes are alike. -#}
{% test unique_among_many(model, column_name) %}
select {{ column_name }}, count(*) as row_count
from {{ model }}
where hash({{ column_name }}) in (
    select hash({{ column_name }})
    from {{ model }}
    group by hash({{ column_name }})
    having count(*) > 1
)
group by {{ column_name }}
having count(*) > 1
{% endtest %}
