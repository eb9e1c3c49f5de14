# fails test_difference: the mean of the days’ differences: a day with ten rainy flights counts like one with 900.
def rain_effect(flights, weather):
    reports = weather[["origin", "time_hour", "precip"]].dropna()
    arrived = flights.dropna(subset="arr_delay").merge(reports, on=["origin", "time_hour"])
    late = (arrived["arr_delay"] >= 15).groupby([arrived["month"], arrived["day"], arrived["precip"] > 0]).mean()
    days = 100 * late.unstack().diff(axis=1)[True].dropna()
    error = days.std() / len(days) ** 0.5
    return days.mean(), days.mean() - 1.96 * error, days.mean() + 1.96 * error
