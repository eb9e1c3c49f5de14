{#- When the newest partition of a source was committed, over all partitions and not only those to build. The time of a
    flight does not say when it was loaded. A dataset that has not arrived has no manifest, and dbt warns about it. -#}
{% macro newest_commit(source) -%}
    select max((content ->> 'committed_at')::timestamptz)
    from {{ source | string | replace("read_parquet", "read_text") | replace("*.parquet", "_manifest.json")
    | replace("/candidate_changes/", "/candidate_inputs/") }}
{%- endmacro %}
