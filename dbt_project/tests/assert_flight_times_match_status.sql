-- A cancelled flight has no departure and no arrival, a diverted one has only a departure, every other flight has both.
select
    flight_key,
    is_cancelled,
    is_diverted,
    departed_at,
    arrived_at
from {{ ref("fct_flights") }}
where
    flight_date in ({{ dates_to_build() }})
    and (
        (departed_at is null) <> is_cancelled
        or (arrived_at is null) <> (is_cancelled or is_diverted)
        or (is_cancelled and is_diverted)
    )
