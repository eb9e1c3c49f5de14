-- The 20 routes with the highest late share after shrinking.
with routes as (
    select
        origin_airport_code,
        destination_airport_code,
        sum(flight_count)::bigint as flight_count,
        sum(arrival_count)::bigint as arrived,
        sum(arrival_delayed_count)::bigint as late
    from marts.agg_route_airline_monthly
    where month_start_date between $first_month::date and $last_month::date
    group by origin_airport_code, destination_airport_code
    having arrived > 0
),

moments as (
    select
        sum(late) / sum(arrived) as mean,
        sum(late ** 2 / arrived) - sum(late) ** 2 / sum(arrived) as spread,
        count(*) - 1 as degrees,
        sum(arrived) - sum(arrived ** 2) / sum(arrived) as weight
    from routes
),

-- The weight of the mean, in flights (Kleinman 1973); null if the routes differ by chance only.
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
    origin_airport_code,
    destination_airport_code,
    airports.airport_name as destination_airport_name,
    flight_count,
    arrived as arrival_count,
    late as arrival_delayed_count,
    late / arrived as late_share,
    coalesce((late + mean * prior.flights) / (arrived + prior.flights), mean) as shrunk_late_share
from routes
cross join prior
inner join marts.dim_airports as airports on routes.destination_airport_code = airports.airport_code
order by shrunk_late_share desc, flight_count desc, origin_airport_code, destination_airport_code
limit 20
