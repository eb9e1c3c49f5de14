-- Names with a dollar sign come from the contract: see with_duckdb.py.

-- Text as a whole number, or null. A cast alone would round 11.5.
CREATE MACRO whole_number(value) AS (
    CASE WHEN TRY_CAST(value AS DOUBLE) % 1 = 0 THEN TRY_CAST(value AS INTEGER) END
);

-- HHMM as minutes since midnight; null if it is not a time of day.
CREATE MACRO minutes_of_day(hhmm) AS (
    CASE WHEN (hhmm BETWEEN 0 AND 2359 AND hhmm % 100 < 60) OR hhmm = 2400 THEN hhmm // 100 * 60 + hhmm % 100 END
);

-- The instant of a local time; of an ambiguous time the later instant, which is DuckDB's choice.
-- A time that is skipped when clocks go forward uses the offset before the gap, so it is an hour later.
CREATE MACRO last_instant(local_at, zone) AS timezone(zone, local_at);

-- The same, but of an ambiguous time the earlier instant.
CREATE MACRO first_instant(local_at, zone) AS (
    CASE
        WHEN timezone(zone, timezone(zone, local_at) - INTERVAL 1 HOUR) = local_at
            THEN timezone(zone, local_at) - INTERVAL 1 HOUR
        ELSE timezone(zone, local_at)
    END
);

-- Whether an instant has a time of day in the zone; null if either is missing.
CREATE MACRO shows(instant, zone, minutes) AS (
    hour(timezone(zone, instant)) * 60 + minute(timezone(zone, instant)) = minutes % (24 * 60)
);

WITH publisher AS (
    FROM read_csv(getvariable('raw'), header = true, delim = ',', quote = '"', all_varchar = true, nullstr = ['NA', ''])
),

-- Materialized, here and below, because DuckDB would compute a column again for every use.
numbers AS MATERIALIZED (
    SELECT
        publisher AS raw,
        [*COLUMNS(publisher.*)] AS cells,
        getvariable('first_day') + whole_number(day) - 1 AS flight_date,
        whole_number(year) AS year_number,
        whole_number(month) AS month_number,
        whole_number(flight) AS flight_number,
        whole_number(dep_delay) AS departure_delay_minutes,
        whole_number(arr_delay) AS arrival_delay_minutes,
        whole_number(air_time) AS air_time_minutes,
        whole_number(distance) AS distance_miles,
        whole_number(dep_time) AS departed_hhmm,
        whole_number(sched_dep_time) AS scheduled_departure_hhmm,
        whole_number(arr_time) AS arrived_hhmm,
        whole_number(sched_arr_time) AS scheduled_arrival_hhmm
    FROM publisher
),

parsed AS MATERIALIZED (
    SELECT
        numbers.*,
        raw.carrier AS airline_code,
        raw.tailnum AS tail_number,
        origins.code AS origin_airport_code,
        origins.zone AS origin_zone,
        destinations.code AS destination_airport_code,
        destinations.zone AS destination_zone,
        minutes_of_day(departed_hhmm) AS departed_minutes,
        minutes_of_day(scheduled_departure_hhmm) AS scheduled_departure_minutes,
        minutes_of_day(arrived_hhmm) AS arrived_minutes,
        minutes_of_day(scheduled_arrival_hhmm) AS scheduled_arrival_minutes,
        raw.dep_time IS NULL AS is_cancelled,
        raw.dep_time IS NOT NULL AND raw.arr_delay IS NULL AS is_diverted
    FROM numbers
    INNER JOIN airports AS origins ON origins.code = raw.origin
    INNER JOIN airports AS destinations ON destinations.code = raw.dest
    SEMI JOIN airlines ON airlines.code = raw.carrier
),

valid AS (
    FROM parsed
    WHERE
        year_number = year(getvariable('first_day'))
        AND month_number = month(getvariable('first_day'))
        AND flight_date BETWEEN getvariable('first_day') AND last_day(getvariable('first_day'))
        AND flight_number IS NOT NULL
        AND scheduled_departure_minutes IS NOT NULL
        AND scheduled_arrival_minutes IS NOT NULL
        AND distance_miles IS NOT NULL
        AND $plausible
        AND (raw.dep_time IS NULL) = (departed_minutes IS NULL)
        AND (raw.arr_time IS NULL) = (arrived_minutes IS NULL)
        AND (raw.dep_time IS NULL) = (raw.dep_delay IS NULL)
        AND (raw.dep_time IS NOT NULL OR coalesce(raw.arr_time, raw.arr_delay, raw.air_time) IS NULL)
),

with_departure AS (
    SELECT
        *,
        flight_date + to_minutes(scheduled_departure_minutes) AS scheduled_departure_local_at,
        first_instant(scheduled_departure_local_at, origin_zone) AS scheduled_departure_at,
        CAST(timezone(destination_zone, scheduled_departure_at) AS DATE)
            + to_minutes(scheduled_arrival_minutes) AS same_day_local_at,
        first_instant(same_day_local_at, destination_zone) AS first_at,
        last_instant(same_day_local_at, destination_zone) AS last_at
    FROM valid
),

flights AS MATERIALIZED (
    SELECT
        *,
        CASE
            WHEN last_at > scheduled_departure_at THEN same_day_local_at
            ELSE same_day_local_at + INTERVAL 1 DAY
        END AS scheduled_arrival_local_at,
        CASE
            WHEN first_at > scheduled_departure_at THEN first_at
            WHEN last_at > scheduled_departure_at THEN last_at
            ELSE first_instant(scheduled_arrival_local_at, destination_zone)
        END AS scheduled_arrival_at,
        scheduled_departure_at + to_minutes(departure_delay_minutes) AS departed_at,
        scheduled_arrival_at + to_minutes(arrival_delay_minutes) AS arrived_at,
        shows(departed_at, origin_zone, departed_minutes) AS departure_agrees,
        shows(arrived_at, destination_zone, arrived_minutes) AS arrival_agrees,
        coalesce(departure_agrees AND arrival_agrees, departure_agrees, arrival_agrees) AS reported_times_agree
    FROM with_departure
    WHERE (arrived_at <= departed_at) IS NOT TRUE
),

-- Of flights with the same key, keep the one with the fewest missing cells, then the one with the smallest values. Only
-- these few flights are sorted.
duplicated AS (
    SELECT $key
    FROM flights
    GROUP BY ALL
    HAVING count(*) > 1
),

single AS (
    FROM flights
    ANTI JOIN duplicated USING ($key)
    UNION ALL
    FROM flights
    SEMI JOIN duplicated USING ($key)
    QUALIFY row_number() OVER (PARTITION BY $key ORDER BY len(cells) - list_count(cells), $values) = 1
)

SELECT $columns
FROM single
ORDER BY $key
