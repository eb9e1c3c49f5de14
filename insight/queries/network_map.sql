-- Flights from one airport to each destination, and how many arrive late.
with destinations as (
    select
        destination_airport_code as airport_code,
        sum(flight_count)::bigint as flight_count,
        sum(cancelled_count)::bigint as cancelled_count,
        sum(arrival_count)::bigint as arrived,
        sum(arrival_delayed_count)::bigint as late
    from marts.agg_route_airline_monthly
    where
        origin_airport_code = $airport
        and month_start_date between $first_month::date and $last_month::date
    group by airport_code
),

moments as (
    select
        sum(late) / sum(arrived) as mean,
        sum(late ** 2 / arrived) - sum(late) ** 2 / sum(arrived) as spread,
        count(*) - 1 as degrees,
        sum(arrived) - sum(arrived ** 2) / sum(arrived) as weight
    from destinations
    where arrived > 0
),

-- The weight of the mean, in flights (Kleinman 1973); null if the destinations differ by chance only.
prior as (
    select
        mean,
        case
            when spread > mean * (1 - mean) * degrees
                then greatest(mean * (1 - mean) * (weight - degrees) / (spread - mean * (1 - mean) * degrees) - 1, 0)
        end as flights
    from moments
)

select
    origin.airport_code as origin_airport_code,
    origin.airport_name as origin_airport_name,
    origin.latitude_degrees as origin_latitude_degrees,
    origin.longitude_degrees as origin_longitude_degrees,
    airport_code,
    airports.airport_name,
    airports.latitude_degrees,
    airports.longitude_degrees,
    destinations.flight_count,
    destinations.cancelled_count,
    destinations.arrived as arrival_count,
    destinations.late as arrival_delayed_count,
    late / nullif(arrived, 0) as late_share,
    coalesce((late + mean * prior.flights) / (arrived + prior.flights), mean) as shrunk_late_share
from destinations
cross join prior
inner join marts.dim_airports as airports using (airport_code)
inner join marts.dim_airports as origin on origin.airport_code = $airport
order by flight_count desc, airport_code
