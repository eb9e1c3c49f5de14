# fails test_half_a_day: the nearest of the possible days is wrong for a delay of more than 12 hours.
def departure_delay_minutes(flights):
    def minutes(clock):
        return clock // 100 * 60 + clock % 100

    difference = minutes(flights["dep_time"]) - minutes(flights["sched_dep_time"])
    return (difference + 720) % 1440 - 720
