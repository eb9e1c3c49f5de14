-- has_<dataset> and <dataset>_changed for each monthly dataset
select *
from {{ source("lake", "months") }}
