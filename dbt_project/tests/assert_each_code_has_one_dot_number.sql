-- Codes of airlines and airports are reused; numbers of the Department of Transportation (DOT) are not. If a code has
-- two numbers, the dimensions describe only one of its holders. This test warns and does not stop the build.
{{ config(severity = "warn") }}

with numbered as (
    select
        'airline' as kind,
        airline_code as code,
        airline_dot_id as number
    from {{ ref("fct_flights") }}
    union
    select
        'airport' as kind,
        origin_airport_code as code,
        origin_airport_dot_id as number
    from {{ ref("fct_flights") }}
    union
    select
        'airport' as kind,
        destination_airport_code as code,
        destination_airport_dot_id as number
    from {{ ref("fct_flights") }}
)

select
    kind,
    code,
    list(number order by number) as numbers
from numbered
where number is not null
group by kind, code
having count(*) > 1
