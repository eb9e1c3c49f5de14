# fails test_hour: local hours are taken for hours in UTC, so each flight has the weather of some hours before.
import numpy as np
import pandas as pd

DRAWS = 2_000


def rain_effect(flights: pd.DataFrame, weather: pd.DataFrame) -> tuple[float, float, float]:
    """Difference of late shares, rainy minus dry hours, and both ends of its 95 % interval, in percentage points."""
    reports = weather[["origin", "time_hour", "precip"]].dropna()
    local = pd.to_datetime(flights[["year", "month", "day", "hour"]]).dt.strftime("%Y-%m-%dT%H:00:00Z")
    flights = flights.assign(time_hour=local)
    arrived = flights.dropna(subset="arr_delay").merge(reports, on=["origin", "time_hour"])
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
