# fails test_width: the interval of 300,000 independent flights; a year has 365 days.
def rain_effect(flights, weather):
    reports = weather[["origin", "time_hour", "precip"]].dropna()
    arrived = flights.dropna(subset="arr_delay").merge(reports, on=["origin", "time_hour"])
    late = arrived["arr_delay"] >= 15
    rainy, dry = late[arrived["precip"] > 0], late[arrived["precip"] == 0]
    difference = rainy.mean() - dry.mean()
    error = (rainy.var() / len(rainy) + dry.var() / len(dry)) ** 0.5
    return 100 * difference, 100 * (difference - 1.96 * error), 100 * (difference + 1.96 * error)
