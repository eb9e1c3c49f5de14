-- Text as a whole number; null where it is anything else. A cast alone rounds 11.5.
CREATE MACRO whole_number(value) AS (
    CASE WHEN TRY_CAST(value AS DOUBLE) % 1 = 0 THEN TRY_CAST(value AS INTEGER) END
);

-- HHMM as minutes since midnight; null where it is no time of day.
CREATE MACRO minutes_of_day(hhmm) AS (
    CASE WHEN (hhmm BETWEEN 0 AND 2359 AND hhmm % 100 < 60) OR hhmm = 2400 THEN hhmm // 100 * 60 + hhmm % 100 END
);

-- When clocks in the zone show a time; the second time, if they show it twice: that is how DuckDB reads it.
-- A time that they skip is taken an hour later, as the offset before the gap has it.
CREATE MACRO last_instant(local_at, zone) AS timezone(zone, local_at);

-- The first time that they show it.
CREATE MACRO first_instant(local_at, zone) AS (
    CASE
        WHEN timezone(zone, timezone(zone, local_at) - INTERVAL 1 HOUR) = local_at
            THEN timezone(zone, local_at) - INTERVAL 1 HOUR
        ELSE timezone(zone, local_at)
    END
);

-- Whether clocks in the zone show the time of day at an instant; null where either is unknown.
CREATE MACRO shows(instant, zone, minutes) AS (
    hour(timezone(zone, instant)) * 60 + minute(timezone(zone, instant)) = minutes % (24 * 60)
);

WITH publisher AS (
    FROM read_csv(getvariable('raw'), header = true, delim = ',', quote = '"', all_varchar = true, nullstr = ['NA', ''])
),

-- Materialized, here and below: else every use of a column computes it again.
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
        AND distance_miles BETWEEN 10 AND 6000
        AND (raw.dep_delay IS NULL OR departure_delay_minutes BETWEEN -720 AND 10080)
        AND (raw.arr_delay IS NULL OR arrival_delay_minutes BETWEEN -720 AND 10080)
        AND (raw.air_time IS NULL OR air_time_minutes BETWEEN 5 AND 900)
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
        shows(arrived_at, destination_zone, arrived_minutes) AS arrival_agrees
    FROM with_departure
    WHERE (arrived_at <= departed_at) IS NOT TRUE
),

-- Of flights with the same key the one whose row lacks least, then the one with the smallest values. Only those few are
-- put in order.
copied AS (
    SELECT
        flight_date,
        airline_code,
        flight_number,
        origin_airport_code,
        destination_airport_code,
        scheduled_departure_local_at
    FROM flights
    GROUP BY ALL
    HAVING count(*) > 1
),

single AS (
    FROM flights
    ANTI JOIN copied USING (flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, scheduled_departure_local_at)
    UNION ALL
    FROM flights
    SEMI JOIN copied USING (flight_date, airline_code, flight_number, origin_airport_code, destination_airport_code, scheduled_departure_local_at)
    QUALIFY row_number() OVER (
        PARTITION BY
            flight_date,
            airline_code,
            flight_number,
            origin_airport_code,
            destination_airport_code,
            scheduled_departure_local_at
        ORDER BY
            len(cells) - list_count(cells),
            tail_number NULLS FIRST,
            scheduled_arrival_local_at,
            scheduled_departure_at,
            departed_at NULLS FIRST,
            scheduled_arrival_at,
            arrived_at NULLS FIRST,
            departure_delay_minutes NULLS FIRST,
            arrival_delay_minutes NULLS FIRST,
            air_time_minutes NULLS FIRST,
            distance_miles,
            is_cancelled,
            is_diverted,
            coalesce(departure_agrees AND arrival_agrees, departure_agrees, arrival_agrees) NULLS FIRST
    ) = 1
)

SELECT
    flight_date,
    airline_code,
    flight_number,
    tail_number,
    origin_airport_code,
    destination_airport_code,
    scheduled_departure_local_at,
    scheduled_arrival_local_at,
    scheduled_departure_at,
    departed_at,
    scheduled_arrival_at,
    arrived_at,
    departure_delay_minutes,
    arrival_delay_minutes,
    air_time_minutes,
    distance_miles,
    is_cancelled,
    is_diverted,
    coalesce(departure_agrees AND arrival_agrees, departure_agrees, arrival_agrees) AS reported_times_agree
FROM single
ORDER BY
    scheduled_departure_local_at,
    airline_code,
    flight_number,
    origin_airport_code,
    destination_airport_code,
    flight_date
