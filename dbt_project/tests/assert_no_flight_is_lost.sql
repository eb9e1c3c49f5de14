-- Each layer has every flight of the one before it, and as many rows: none is lost, added or doubled on the way. These
-- are the flights of the dates to build; the gate of the marts counts every month against the lake. Layers are compared
-- by the number of a day's flights and the sum of their keys' hashes, and by the keys on days that differ only: all
-- keys of a decade of the country do not fit into memory.
{%- set key = "flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, "
    ~ "scheduled_departure_local_at" %}
{%- set of_dates = " semi join dates using (flight_date)" %}
{#- Intermediate is to have no other dates. #}
{%- set layers = {
    "1 clean": source("lake", "flights") ~ of_dates,
    "2 staging": ref("stg_lake__flights") ~ of_dates,
    "3 intermediate": ref("int_flights_keyed"),
    "4 marts": ref("fct_flights") ~ of_dates,
} %}
with dates as (
    {{ dates_to_build() }}
),

days as (
    {% for layer, relation in layers.items() %}
        select
            '{{ layer }}' as layer,
            flight_date,
            count(*) as flight_count,
            sum(hash({{ key }})) as fingerprint
        from {{ relation }}
        group by flight_date
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

different_days as (
    select flight_date
    from days
    group by flight_date
    having
        count(*) < {{ layers | length }}
        or min(flight_count) < max(flight_count)
        or min(fingerprint) < max(fingerprint)
),

flights as (
    {% for layer, relation in layers.items() %}
        select
            '{{ layer }}' as layer,
            {{ key }}
        from {{ relation }} semi join different_days using (flight_date)
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    {{ key }},
    list(layer order by layer) as layers
from flights
group by {{ key }}
having list(layer order by layer) <> {{ layers | list }}
