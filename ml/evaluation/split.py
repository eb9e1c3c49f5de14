"""Splits flights in time into a training, a validation and a test part, and reads their labels."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from ml.features.catalog import TARGET

PARTS = ("train", "validation", "test")

TEST_MONTHS = 2
VALIDATION_MONTHS = 1
MONTHS_NEEDED = 4

# With fewer months than that, the split counts days:
TEST_SHARE_OF_DAYS = 0.15
VALIDATION_SHARE_OF_DAYS = 0.10
DAYS_NEEDED = 5

ONE_DAY = timedelta(days=1)


class TooFewFlights(ValueError):
    """The warehouse has too few flights to fit and score a model."""


@dataclass(frozen=True)
class Split:
    """The first day of each part and the last day of the test part, as local flight dates.

    ``rule``: whether the parts were cut by whole months or, for lack of months, by days.
    """

    rule: Literal["months", "days"]
    train_start: date
    validation_start: date
    test_start: date
    test_end: date

    def days(self, part: str) -> tuple[pd.Timestamp, pd.Timestamp]:
        """The first and the last day of a part, both included: ``train``, ``validation`` or ``test``."""
        first, last = {
            "train": (self.train_start, self.validation_start - ONE_DAY),
            "validation": (self.validation_start, self.test_start - ONE_DAY),
            "test": (self.test_start, self.test_end),
        }[part]
        return pd.Timestamp(first), pd.Timestamp(last)

    def part(self, name: str, flights: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``flights`` in a part, by their ``flight_date``."""
        return flights[flights["flight_date"].between(*self.days(name))]


def split_in_time(flights: pd.DataFrame) -> Split:
    """Test on the last two months, validate on the month before them, train on everything earlier.

    ``flights`` needs only the column ``flight_date``. With fewer than four months, the last 15 % of the days are the
    test and the 10 % before them the validation, both rounded up. Raises :class:`TooFewFlights` below five days.
    """
    days = [day.date() for day in sorted(pd.to_datetime(flights["flight_date"].unique()))]
    months = sorted({day.replace(day=1) for day in days})
    if len(months) >= MONTHS_NEEDED:
        test_start = months[-TEST_MONTHS]
        return Split("months", days[0], months[-TEST_MONTHS - VALIDATION_MONTHS], test_start, days[-1])
    if len(days) < DAYS_NEEDED:
        raise TooFewFlights(f"A model needs flights of at least {DAYS_NEEDED} days; the warehouse has {len(days)}.")
    test_days = math.ceil(TEST_SHARE_OF_DAYS * len(days))
    validation_days = math.ceil(VALIDATION_SHARE_OF_DAYS * len(days))
    return Split("days", days[0], days[-test_days - validation_days], days[-test_days], days[-1])


def is_delayed(flights: pd.DataFrame) -> np.ndarray:
    """The labels of flights that arrived: True where the flight was delayed.

    Raises :class:`TooFewFlights` when all labels are equal, because nothing can be learned or scored then.
    """
    labels = flights[TARGET].to_numpy(dtype=bool)
    if len(np.unique(labels)) < 2:
        raise TooFewFlights(
            f"{len(labels)} flights, and all or none of them are delayed: too few to fit or score a model."
        )
    return labels
