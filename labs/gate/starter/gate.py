"""The gate of a raw month of flights."""

import great_expectations as gx
import pandas as pd


def suite(before: pd.DataFrame) -> gx.ExpectationSuite:
    """The suite of a month, given the flights of the month before."""
    return gx.ExpectationSuite("raw.flights", expectations=[])
