"""How late did each flight leave?"""

import pandas as pd

A_DAY = 24 * 60
EARLIEST = 120


def departure_delay_minutes(flights: pd.DataFrame) -> pd.Series:
    """Minutes from ``sched_dep_time`` to ``dep_time``; NaN for a flight that never left."""
    difference = minutes_after_midnight(flights["dep_time"]) - minutes_after_midnight(flights["sched_dep_time"])
    return (difference + EARLIEST) % A_DAY - EARLIEST


def minutes_after_midnight(clock: pd.Series) -> pd.Series:
    """5:17, written 517, is 317 minutes after midnight."""
    return clock // 100 * 60 + clock % 100
