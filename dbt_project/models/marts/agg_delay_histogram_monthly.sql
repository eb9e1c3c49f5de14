{{ config(
    materialized="incremental",
    pre_hook="{{ delete_rebuilt_rows('month_start_date', changed_months('flights_changed')) }}"
) }}
{%- set directions = ["departure", "arrival"] %}

with flights as (
    select
        *,
        date_trunc('month', flight_date)::date as month_start_date
    from {{ ref("fct_flights") }}
    where date_trunc('month', flight_date) in ({{ changed_months("flights_changed") }})
),

delays as (
    {% for direction in directions %}
        select
            month_start_date,
            airline_code,
            {{ direction }}_delay_minutes as delay_minutes,
            '{{ direction }}' as direction
        from flights
        where {{ direction }}_delay_minutes is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    month_start_date,
    airline_code,
    -- rounded down, not towards zero: three minutes early is in the bin from -5 to -1
    (floor(delay_minutes / 5) * 5)::integer as delay_minutes_from,
    count(*) filter (where direction = 'departure') as departure_count,
    count(*) filter (where direction = 'arrival') as arrival_count
from delays
group by month_start_date, airline_code, delay_minutes_from
