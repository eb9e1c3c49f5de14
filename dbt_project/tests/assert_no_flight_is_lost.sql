-- Every layer must have the same flights on the dates to build: none lost, added or duplicated. The marts gate compares
-- the row counts of all months with the lake. Layers are compared by the number of flights and the sum of key hashes of
-- each day. Keys are compared only on days that differ, because a decade of national keys does not fit into memory.
{%- set key = "flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, "
    ~ "scheduled_departure_local_at" %}
{%- set on_these_dates = " semi join dates using (flight_date)" %}
{#- Intermediate is not filtered: it must have no other dates. #}
{%- set layers = {
    "1 clean": source("lake", "flights") ~ on_these_dates,
    "2 staging": ref("stg_lake__flights") ~ on_these_dates,
    "3 intermediate": ref("int_flights_keyed"),
    "4 marts": ref("fct_flights") ~ on_these_dates,
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
