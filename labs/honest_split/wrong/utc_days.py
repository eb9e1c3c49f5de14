# fails test_no_day_on_both_sides: an evening in New York is the next day in UTC, so two evenings are cut in two.
import pandas as pd


def parts(flights):
    month = flights["time_hour"].str[:7]
    counts = month.value_counts()
    # The last evening of December would be a month of its own.
    months = sorted(counts.index[counts > 300])
    parts = pd.Series("train", index=flights.index)
    parts[month >= months[-3]] = "validation"
    parts[month >= months[-2]] = "test"
    return parts
