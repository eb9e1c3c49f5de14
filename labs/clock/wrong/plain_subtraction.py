# fails test_hour: it subtracts HHMM as if an hour had 100 minutes.
def departure_delay_minutes(flights):
    return flights["dep_time"] - flights["sched_dep_time"]
