{#- Delete the rows of an incremental mart that this build replaces, before it appends the new ones. The mart starts as
    a copy of the published one; in an empty candidate there is nothing to delete.
    `rebuilt_values` is a query for the values of `column` whose rows are rebuilt or gone. -#}
{% macro delete_rebuilt_rows(column, rebuilt_values) %}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ column }} in ({{ rebuilt_values }})
    {%- endif -%}
{% endmacro %}

{#- A query for the first days of the changed months; `flag` is `flights_changed` or `weather_changed`. -#}
{% macro changed_months(flag) -%}
    select months.month_start_date from {{ ref("stg_lake__months") }} as months where months.{{ flag }}
{%- endmacro %}

{#- A query for the local dates whose flights are rebuilt. -#}
{% macro dates_to_build() -%}
    select dates.flight_date from {{ ref("int_flight_dates_to_build") }} as dates
{%- endmacro %}
