with published as (
    select * from {{ ref("stg_lake__airports") }}
),

supplement as (
    select * from {{ ref("airport_supplement") }}
),

supplemented as (
    select
        airport_code,
        airport_name,
        latitude_degrees,
        longitude_degrees,
        elevation_feet,
        time_zone,
        true as is_supplemented
    from supplement

    union all

    select
        airport_code,
        airport_name,
        latitude_degrees,
        longitude_degrees,
        elevation_feet,
        time_zone,
        false as is_supplemented
    from published
    where airport_code not in (select supplement.airport_code from supplement)
)

select * from supplemented
