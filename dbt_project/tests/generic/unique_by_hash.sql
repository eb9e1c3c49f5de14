{#- Same as `unique`, with less memory on many millions of rows: groups hashes, then keys with equal hashes. -#}
{% test unique_by_hash(model, column_name) %}
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
