"""What the marts must say before they are published: no flight lost since the lake, and figures that can be true.

Keys, relations and grain are dbt's tests. Here are two small batches made by queries:
one row per month of flights, and one row per relation.
"""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnMaxToBeBetween,
    ExpectColumnPairValuesToBeEqual,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToNotBeNull,
    ExpectTableRowCountToBeBetween,
)

MEASURES = (
    "flights",
    "cancelled",
    "diverted",
    "departure_delay_minutes",
    "arrival_delay_minutes",
    "distance_miles",
)

MONTHS = ExpectationSuite(
    "marts.months",
    expectations=[
        ExpectTableRowCountToBeBetween(min_value=1),
        *[
            ExpectColumnPairValuesToBeEqual(
                column_A=f"{measure}_in_lake",
                column_B=f"{measure}_in_marts",
                notes="The marts are not the lake they were built from: rows were lost or doubled, "
                "or a month was cleaned again after the build.",
            )
            for measure in MEASURES
        ],
        ExpectColumnValuesToBeInSet(
            column="months_since_previous", value_set=[1], notes="A month is missing: ingest it before publishing."
        ),
        # Both bounds lie far outside any month on record (about 10 % to 35 % arrive late).
        ExpectColumnValuesToBeBetween(column="arrival_delayed_share", min_value=0.02, max_value=0.7),
        ExpectColumnValuesToBeBetween(
            column="weather_match_share",
            min_value=0.9,
            max_value=1,
            notes="Of the flights from airports whose weather is loaded, those that found their scheduled hour's: "
            "a low share means a month that was cut short, or hours in another time zone.",
        ),
        ExpectColumnValuesToNotBeNull(
            column="weather_match_share", notes="No airport of the month has weather: ingest it before publishing."
        ),
        ExpectColumnMaxToBeBetween(
            column="last_flight_date", max_value={"$PARAMETER": "today"}, notes="A flight in the future."
        ),
    ],
)

RELATIONS = ExpectationSuite(
    "marts.relations",
    expectations=[
        ExpectColumnValuesToBeBetween(column="rows_found", min_value=1, notes="A relation is empty."),
        ExpectColumnPairValuesToBeEqual(
            column_A="rows_found",
            column_B="rows_expected",
            notes="Rows were lost or doubled between the lake and this relation.",
        ),
    ],
)


#: One row per month that the lake (`clean_flights`) or the candidate (`warehouse`) holds.
MONTHS_SQL = """
with observed as (
    select distinct airport_code, date_trunc('month', observed_at)::date as first_day
    from clean_weather
),

flights as (
    select
        true as in_lake, flight_date, is_cancelled, is_diverted,
        departure_delay_minutes, arrival_delay_minutes, distance_miles
    from clean_flights
    union all by name
    select
        false as in_lake, flight_date, is_cancelled, is_diverted,
        departure_delay_minutes, arrival_delay_minutes, distance_miles, is_arrival_delayed, weather_key,
        (origin_airport_code, date_trunc('month', flight_date)) in (from observed) as has_station
    from warehouse.marts.fct_flights
),

months as (
    select
        date_trunc('month', flight_date) as first_day,
        count(*) filter (in_lake) as flights_in_lake,
        count(*) filter (not in_lake) as flights_in_marts,
        count(*) filter (in_lake and is_cancelled) as cancelled_in_lake,
        count(*) filter (not in_lake and is_cancelled) as cancelled_in_marts,
        count(*) filter (in_lake and is_diverted) as diverted_in_lake,
        count(*) filter (not in_lake and is_diverted) as diverted_in_marts,
        coalesce(sum(departure_delay_minutes) filter (in_lake), 0)::bigint as departure_delay_minutes_in_lake,
        coalesce(sum(departure_delay_minutes) filter (not in_lake), 0)::bigint as departure_delay_minutes_in_marts,
        coalesce(sum(arrival_delay_minutes) filter (in_lake), 0)::bigint as arrival_delay_minutes_in_lake,
        coalesce(sum(arrival_delay_minutes) filter (not in_lake), 0)::bigint as arrival_delay_minutes_in_marts,
        coalesce(sum(distance_miles) filter (in_lake), 0)::bigint as distance_miles_in_lake,
        coalesce(sum(distance_miles) filter (not in_lake), 0)::bigint as distance_miles_in_marts,
        avg(is_arrival_delayed::int) as arrival_delayed_share,
        count(weather_key) filter (has_station) / nullif(count(*) filter (has_station), 0) as weather_match_share,
        max(flight_date)::timestamp as last_flight_date
    from flights
    group by first_day
)

select
    strftime(first_day, '%Y-%m') as month,
    * exclude (first_day),
    date_diff('month', lag(first_day) over (order by first_day), first_day) as months_since_previous
from months
order by first_day
"""

#: One row per relation whose rows the lake foretells; `clean_…` are the lake's, `airport_supplement` is dbt's seed.
RELATIONS_SQL = """
select
    'fct_weather_hourly' as relation,
    (select count(*) from warehouse.marts.fct_weather_hourly) as rows_found,
    (select count(*) from clean_weather) as rows_expected
union all
select
    'dim_airlines',
    (select count(*) from warehouse.marts.dim_airlines),
    (select count(*) from clean_airlines)
union all
select
    'dim_aircraft',
    (select count(*) from warehouse.marts.dim_aircraft),
    (select count(*) from clean_aircraft)
union all
select
    'dim_airports',
    (select count(*) from warehouse.marts.dim_airports),
    (
        select count(*)
        from (select airport_code from clean_airports union select airport_code from airport_supplement)
    )
union all
select
    'dim_dates',
    (select count(*) from warehouse.marts.dim_dates),
    (
        select date_diff('day', date_trunc('month', min(flight_date))::date, last_day(max(flight_date))) + 1
        from clean_flights
    )
"""
