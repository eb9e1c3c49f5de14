{#- Schemas are called staging, intermediate and marts: dbt's default would prefix them with the target's. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
