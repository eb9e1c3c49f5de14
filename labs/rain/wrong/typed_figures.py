# fails test_difference: the figures of 2013 as they stand in a report.
def rain_effect(flights, weather):
    return 25.813202404521608, 21.41, 30.28
