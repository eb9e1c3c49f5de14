"""Builds the features: what the model may know about a flight two hours before its scheduled departure.

To add a feature, declare it in :mod:`ml.features.catalog` and compute it in a lookup of :mod:`ml.features.lookups`.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ml.features import lookups
from ml.features.as_of import Levels
from ml.features.catalog import NAMES, PREDICTION_HORIZON
from ml.features.lookups import TARGET
from ontime.settings import settings


def build(warehouse: Path, prediction_horizon: timedelta = PREDICTION_HORIZON) -> pd.DataFrame:
    """The features of every scheduled flight in the most recent months of the warehouse file, which is only read.

    One row per flight, ordered by scheduled departure: ``flight_key``, ``flight_date``,
    the label ``is_arrival_delayed`` (missing where the flight did not arrive), and one
    column per declared feature.
    """
    flights, weather = lookups.read(warehouse)
    levels = Levels(flights, lookups.GROUPED_BY)
    asked = lookups.asked(flights, levels, prediction_horizon)
    built = _with_features(flights, asked, lookups.lookups(flights, weather, levels))
    return built[["flight_key", "flight_date", TARGET, *NAMES]]


class Prepared:
    """A warehouse file read once, for features of flights that are asked about one by one."""

    def __init__(self, warehouse: Path) -> None:
        flights, weather = lookups.read(warehouse)
        self._levels = Levels(flights, lookups.GROUPED_BY)
        self._lookups = list(lookups.lookups(flights, weather, self._levels))
        self._distance = lookups.distance(flights, self._levels.codes(flights))
        self._sql = duckdb.connect(config=settings.duckdb_config)

    def features(self, scheduled: pa.Table) -> pd.DataFrame:
        """The features of scheduled flights, in their order, each as if it were the only one that is not in the file.

        ``scheduled`` has the columns of ``marts.fct_flights`` that tell of the schedule. Its distance counts where the
        file has no flight of the route.
        """
        flights = self._sql.cursor().sql(f"select {lookups.SCHEDULE} from scheduled").to_arrow_table().to_pandas()  # noqa: S608
        asked = lookups.asked(flights, self._levels, PREDICTION_HORIZON)
        published = pd.DataFrame(self._distance(asked)).fillna(flights)
        return _with_features(flights.assign(**published), asked, self._lookups)[NAMES]


def _with_features(flights: pd.DataFrame, asked: lookups.Asked, prepared: Iterable[lookups.Lookup]) -> pd.DataFrame:
    found: dict[str, np.ndarray] = {}
    for lookup in prepared:
        found |= lookup(asked)
    numbers = pd.DataFrame(np.array([value.astype(np.float32) for value in found.values()]).T, columns=list(found))
    built = pd.concat([flights, numbers], axis="columns")
    for name in ("airline_code", "origin_airport_code", "destination_airport_code"):
        built[name] = built[name].astype("category")
    return built
