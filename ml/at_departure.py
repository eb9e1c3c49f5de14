"""A side question, for comparison: when a flight has just left, will it arrive late?

The champion answers two hours before departure, when people can still act. At departure the flight's own departure
delay is known, and it explains most of the arrival delay. This model measures how much, so that nobody expects such
a score from the champion. It is trained and tested on the same months, has its own leak alarm, and is not saved.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ml.candidates.catalog import LIGHTGBM_LOADS, lightgbm
from ml.evaluation import metrics
from ml.evaluation.leak_alarm import check_at_departure
from ml.evaluation.split import Split, is_delayed, split_in_time
from ml.features import build, catalog
from ontime import warehouse
from ontime.settings import settings

#: The outcome that this model may use.
DEPARTURE_DELAY = "departure_delay_minutes"
HORIZON = timedelta(0)


class LightGBMMissing(RuntimeError):
    """LightGBM cannot be loaded."""


@dataclass(frozen=True)
class AtDeparture:
    """The scores on the test part, the number of test flights, and the split."""

    scores: metrics.Scores
    flights: int
    split: Split


def report() -> None:
    """Train on the published warehouse and print the scores.

    Raises :class:`ontime.warehouse.NothingPublished`, also if the published file is damaged,
    :class:`LightGBMMissing`, and what :func:`measure` raises.
    """
    published = warehouse.current(warehouse.WAREHOUSE)
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `ontime demo` first.")
    if not LIGHTGBM_LOADS:
        raise LightGBMMissing("This needs LightGBM, which needs OpenMP (Debian: libgomp1, Homebrew: libomp).")
    result = measure(published.verified().path)
    print(f"At departure, {result.split.test_start} to {result.split.test_end}, {result.flights:,} flights:")
    for name, value in metrics.as_dict(result.scores).items():
        print(f"  {name:20} {value:.4f}")


def measure(published: Path) -> AtDeparture:
    """Train and test on the flights of a warehouse file that departed and arrived.

    Raises :class:`ml.evaluation.leak_alarm.LeakSuspected` if the score is higher than the departure delay can explain,
    and :class:`ml.evaluation.split.TooFewFlights`.
    """
    flights = build.build(published, HORIZON).merge(_departure_delays(published), on="flight_key")
    flights = flights[flights[catalog.TARGET].notna()]
    split = split_in_time(flights)
    train, test = split.part("train", flights), split.part("test", flights)
    columns = catalog.without_outcomes([*catalog.NAMES, DEPARTURE_DELAY], allowed={DEPARTURE_DELAY})
    model = lightgbm().fit(train[columns], is_delayed(train))
    scores = metrics.score(is_delayed(test), model.predict_proba(test[columns])[:, 1])
    check_at_departure(scores.roc_auc)
    return AtDeparture(scores, len(test), split)


def _departure_delays(published: Path) -> pd.DataFrame:
    """``flight_key`` and the departure delay of every flight that departed."""
    with duckdb.connect(str(published), read_only=True, config=settings.duckdb_config) as connection:
        return (
            connection.sql(
                f"select flight_key, {DEPARTURE_DELAY}::double as {DEPARTURE_DELAY} from marts.fct_flights "  # noqa: S608
                f"where {DEPARTURE_DELAY} is not null"
            )
            .to_arrow_table()
            .to_pandas()
        )
