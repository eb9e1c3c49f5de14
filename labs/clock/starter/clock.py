"""How late did each flight leave?"""

import pandas as pd


def departure_delay_minutes(flights: pd.DataFrame) -> pd.Series:
    """Minutes from ``sched_dep_time`` to ``dep_time``; NaN for a flight that never left."""
    raise NotImplementedError
