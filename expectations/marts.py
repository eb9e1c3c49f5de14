"""Suites of the candidate warehouse: its marts hold every row of the lake, and their figures are plausible.

dbt tests keys, relations and grain. The suites here check small batches that SQL computes: per month of flights, per
relation, and, from :mod:`expectations.lake_in_marts`, the weather of flights, the numbers of every other dataset by
month, and the missing rows.
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

from ontime.datasets.flights import DELAY_CAUSES

#: Columns of flights whose monthly sums are compared, after the numbers of rows.
SUMS = (
    "departure_delay_minutes",
    "arrival_delay_minutes",
    "distance_miles",
    *(f"{cause}_delay_minutes" for cause in DELAY_CAUSES),
)
MEASURES = ("flights", "cancelled", "diverted", *SUMS)

MONTHS = ExpectationSuite(
    "marts.months",
    expectations=[
        ExpectTableRowCountToBeBetween(min_value=1),
        *[
            ExpectColumnPairValuesToBeEqual(
                column_A=f"{measure}_in_lake",
                column_B=f"{measure}_in_marts",
                ignore_row_if="either_value_is_missing",
                notes="The marts differ from the lake that they were built from: rows were lost or doubled, "
                "or a month was cleaned again after the build.",
            )
            for measure in MEASURES
        ],
        ExpectColumnValuesToBeInSet(
            column="months_since_previous", value_set=[1], notes="A month is missing: ingest it before publishing."
        ),
        # In the months on record, about 10 % to 35 % of flights arrive late: both bounds are far outside.
        ExpectColumnValuesToBeBetween(column="arrival_delayed_share", min_value=0.02, max_value=0.7),
        ExpectColumnValuesToBeBetween(
            column="weather_match_share",
            min_value=0.9,
            max_value=1,
            notes="Share of flights with weather at their scheduled hour, among flights from airports with weather. "
            "A low share means a month that was cut short, or hours in another time zone.",
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
        ExpectColumnValuesToBeBetween(column="rows_in_marts", min_value=1, notes="A relation is empty."),
        ExpectColumnPairValuesToBeEqual(
            column_A="rows_in_marts",
            column_B="rows_expected",
            notes="Rows were lost or doubled between the lake and this relation.",
        ),
    ],
)

#: The batches of these suites come from :mod:`expectations.lake_in_marts`.
HOURS = ExpectationSuite(
    "marts.weather_of_flights",
    expectations=[
        ExpectColumnValuesToBeInSet(
            column="flights_with_another_hour",
            value_set=[0],
            notes="A flight's weather is that of its origin in the hour (UTC) of its scheduled departure.",
        )
    ],
)

READINGS = ExpectationSuite(
    "marts.readings",
    expectations=[
        ExpectColumnPairValuesToBeEqual(
            column_A="readings_in_lake",
            column_B="readings_in_marts",
            notes="The mart has more or fewer values in this month than the clean files.",
        ),
        ExpectColumnValuesToBeBetween(
            column="difference_of_sums",
            min_value=0,
            max_value=0,
            notes="A mart's column with the name of a clean column has its values. Give a value that you compute "
            "another name.",
        ),
    ],
)

MISSING_ROWS = ExpectationSuite(
    "marts.missing_rows",
    expectations=[
        ExpectColumnValuesToBeInSet(
            column="rows_not_in_mart", value_set=[0], notes="Clean rows of this dataset are not in its mart."
        ),
        ExpectColumnValuesToNotBeNull(
            column="mart", severity="warning", notes="No mart has the columns of this dataset's key."
        ),
    ],
)


#: The suites that need flights; the others compare whatever is in the lake.
ABOUT_FLIGHTS = ("MONTHS", "RELATIONS")


def _sums(place: str) -> str:
    return ", ".join(f"coalesce(sum({column}), 0)::bigint as {column}_in_{place}" for column in SUMS)


_SUMS_OF_BOTH = ", ".join(f"{column}_in_lake, {column}_in_marts" for column in SUMS)

#: Columns of the table ``lake_rows``: the row counts in the lake's manifests.
LAKE_ROWS = ("dataset", "partition", "row_count")

#: One row per month that the lake or the candidate (attached as `warehouse`) holds. Flights are counted in every month
#: and compared with the manifests (`lake_rows`). Sums are compared with the lake's rows (`clean_flights`) only in the
#: months that this build has changed (`months`); the other months were compared when they were built.
MONTHS_SQL = f"""
with lake_months as (
    select strptime(partition, '%Y-%m')::date as first_day, row_count as flights_in_lake
    from lake_rows
    where dataset = 'flights'
),

flights_in_lake as (
    select
        date_trunc('month', flight_date)::date as first_day,
        count(*) filter (is_cancelled) as cancelled_in_lake,
        count(*) filter (is_diverted) as diverted_in_lake,
        {_sums("lake")}
    from clean_flights
    group by first_day
    having first_day in (select month_start_date from months where flights_changed)
),

observed as (
    select distinct airport_code, date_trunc('month', observed_at)::date as first_day
    from warehouse.marts.fct_weather_hourly
),

flights as (
    select *, (origin_airport_code, date_trunc('month', flight_date)) in (from observed) as has_station
    from warehouse.marts.fct_flights
),

flights_in_marts as (
    select
        date_trunc('month', flight_date)::date as first_day,
        count(*) as flights_in_marts,
        count(*) filter (is_cancelled) as cancelled_in_marts,
        count(*) filter (is_diverted) as diverted_in_marts,
        {_sums("marts")},
        avg(is_arrival_delayed::int) as arrival_delayed_share,
        count(weather_key) filter (has_station) / nullif(count(*) filter (has_station), 0) as weather_match_share,
        max(flight_date)::timestamp as last_flight_date
    from flights
    group by first_day
)

select
    strftime(first_day, '%Y-%m') as month,
    coalesce(lake_months.flights_in_lake, 0) as flights_in_lake,
    coalesce(flights_in_marts.flights_in_marts, 0) as flights_in_marts,
    cancelled_in_lake,
    cancelled_in_marts,
    diverted_in_lake,
    diverted_in_marts,
    {_SUMS_OF_BOTH},
    arrival_delayed_share,
    weather_match_share,
    last_flight_date,
    date_diff('month', lag(first_day) over (order by first_day), first_day) as months_since_previous
from lake_months
full join flights_in_marts using (first_day)
left join flights_in_lake using (first_day)
order by first_day
"""  # noqa: S608

#: One row per relation whose row count follows from the lake (`lake_rows`) and the seed `airport_supplement`.
RELATIONS_SQL = """
select
    'fct_weather_hourly' as relation,
    (select count(*) from warehouse.marts.fct_weather_hourly) as rows_in_marts,
    (select sum(row_count) from lake_rows where dataset = 'weather') as rows_expected
union all
select
    'dim_airlines',
    (select count(*) from warehouse.marts.dim_airlines),
    (select sum(row_count) from lake_rows where dataset = 'airlines')
union all
select
    'dim_aircraft',
    (select count(*) from warehouse.marts.dim_aircraft),
    (select sum(row_count) from lake_rows where dataset = 'aircraft')
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
        select date_diff('day', min(first_day), last_day(max(first_day))) + 1
        from (select strptime(partition, '%Y-%m')::date as first_day from lake_rows where dataset = 'flights')
    )
"""
