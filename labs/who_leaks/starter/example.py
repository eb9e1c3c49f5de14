"""A week of flights and four features to try your answer on. The checks use this week, with other features."""

import sys
from pathlib import Path

import pandas as pd

HORIZON = pd.Timedelta(hours=2)


def week(year) -> pd.DataFrame:
    """The flights of a week in January: the schedule, and when each flight left and arrived, in UTC."""
    flights = year.flights.merge(year.airports[["faa", "tz"]], left_on="dest", right_on="faa")
    flights = flights[(flights["month"] == 1) & flights["day"].between(14, 20)]
    hour = pd.to_datetime(flights["time_hour"]).dt.tz_localize(None)
    scheduled_at = hour + pd.to_timedelta(flights["minute"], unit="min")
    departed_at = scheduled_at + pd.to_timedelta(flights["dep_delay"], unit="min")
    # New York is five hours behind UTC in January, and no destination has summer time.
    local_minutes = _minutes(flights["arr_time"]) - _minutes(flights["dep_time"])
    on_the_way = (local_minutes - (flights["tz"] + 5) * 60) % (24 * 60)
    table = flights[["carrier", "flight", "origin", "dest"]].assign(
        scheduled_at=scheduled_at,
        departed_at=departed_at,
        departure_delay_minutes=flights["dep_delay"],
        arrived_at=departed_at + pd.to_timedelta(on_the_way, unit="min"),
        arrival_delay_minutes=flights["arr_delay"].where(flights["arr_time"].notna()),
    )
    return table.sort_values(["scheduled_at", "carrier", "flight"], ignore_index=True)


def build(flights: pd.DataFrame) -> pd.DataFrame:
    """Two honest features and two that leak."""
    flights = flights.sort_values("scheduled_at")
    cut = flights["scheduled_at"] - HORIZON
    departures = flights.dropna(subset="departed_at").sort_values("departed_at", kind="stable")
    last = pd.merge_asof(
        pd.DataFrame({"cut": cut, "origin": flights["origin"]}),
        departures[["departed_at", "origin", "departure_delay_minutes"]],
        left_on="cut",
        right_on="departed_at",
        by="origin",
    )
    return pd.DataFrame(
        {
            "hour": flights["scheduled_at"].dt.hour,
            "delay_of_last_departure": last["departure_delay_minutes"].to_numpy(),
            "arrives_late": flights["arrival_delay_minutes"] >= 15,
            "delay_of_previous_flight": flights.groupby("origin")["departure_delay_minutes"].shift(),
        }
    )


def _minutes(clock: pd.Series) -> pd.Series:
    return clock // 100 * 60 + clock % 100


if __name__ == "__main__":
    sys.path += [str(Path.cwd()), str(Path(__file__).parent)]
    from who_leaks import leaking

    from labs.engine.years import real_year

    print("leaks:", leaking(build, week(real_year())))
    print("right:", {"arrives_late", "delay_of_previous_flight"})
