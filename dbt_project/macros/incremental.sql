{#- A mart that is incremental begins as it was published last: the rows that come anew, or are gone, are deleted before
    the new ones are appended. In a candidate made from nothing there is nothing to delete. -#}
{% macro make_room(column, to_build) %}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ column }} in ({{ to_build }})
    {%- endif -%}
{% endmacro %}

{#- The first days of the months of which `flights_changed` or `weather_changed`. -#}
{% macro changed_months(what) -%}
    select months.month_start_date from {{ ref("stg_lake__months") }} as months where months.{{ what }}
{%- endmacro %}

{#- The local dates whose flights are built. -#}
{% macro dates_to_build() -%}
    select dates.flight_date from {{ ref("int_flight_dates_to_build") }} as dates
{%- endmacro %}
