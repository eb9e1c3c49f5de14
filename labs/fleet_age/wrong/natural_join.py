# fails test_age: merge() without a key takes all common columns, so only aircraft built in the same year match.
import pandas as pd


def fleet_age(flights: pd.DataFrame, planes: pd.DataFrame, airlines: pd.DataFrame) -> pd.DataFrame:
    """Name, flights, share with a known aircraft, and mean age in years of each airline."""
    flown = flights.merge(planes, how="left")
    flown["age"] = flown["year"].where(flown["model"].notna()) - flown["year"]
    # size counts rows; count and mean leave out the flights without an age
    ages = flown.groupby("carrier")["age"].agg(["size", "count", "mean"])
    table = airlines.set_index("carrier")[["name"]].join(ages)
    return pd.DataFrame(
        {
            "name": table["name"],
            "flights": table["size"].fillna(0).astype(int),
            "known_share": table["count"] / table["size"],
            "mean_age_years": table["mean"],
        }
    )
