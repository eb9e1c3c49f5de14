# fails test_age: the year of the flights is typed in, and the next year is another one.
import pandas as pd


def fleet_age(flights: pd.DataFrame, planes: pd.DataFrame, airlines: pd.DataFrame) -> pd.DataFrame:
    """Name, flights, share with a known aircraft, and mean age in years of each airline."""
    built = planes[["tailnum", "year"]].rename(columns={"year": "built"})
    flown = flights[["carrier", "tailnum", "year"]].merge(built, how="left", on="tailnum", validate="many_to_one")
    flown["age"] = 2013 - flown["built"]
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
