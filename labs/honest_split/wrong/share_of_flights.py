# fails test_no_day_on_both_sides: in time, but the border between the parts runs through a day.
import pandas as pd


def parts(flights):
    departures = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    place = departures.rank(pct=True)
    return pd.cut(place, [0, 0.75, 0.83, 1], labels=["train", "validation", "test"]).astype(str)
