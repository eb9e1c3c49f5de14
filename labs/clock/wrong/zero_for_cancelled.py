# fails test_never_left: a flight that never left counts as one that left on time.
def departure_delay_minutes(flights):
    def minutes(clock):
        return clock // 100 * 60 + clock % 100

    difference = minutes(flights["dep_time"]) - minutes(flights["sched_dep_time"])
    return ((difference + 120) % 1440 - 120).fillna(0)
