-- Codes are given again to others, numbers of the Department of Transportation are not: where a code has two numbers,
-- the dimensions describe one of its holders only. That is no reason to stop, but to know.
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
