# fails test_midnight: minutes are right, but a flight at 0:20 is nearly a day early.
def departure_delay_minutes(flights):
    def minutes(clock):
        return clock // 100 * 60 + clock % 100

    return minutes(flights["dep_time"]) - minutes(flights["sched_dep_time"])
