select
    airline_code,
    airline_name
from {{ ref("stg_lake__airlines") }}
