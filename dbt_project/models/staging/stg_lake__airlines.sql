select
    airline_code,
    airline_name
from {{ source("lake", "airlines") }}
