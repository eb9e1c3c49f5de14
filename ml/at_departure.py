"""Another question, with an alarm of its own: a flight has just left, will it arrive late?

    python -m ml.at_departure

The champion answers two hours before, for somebody who can still do something. At the departure most is decided: its
own delay is known. This model says how much, so that a score like it is not taken for a good champion's. It learns
from the same months and is judged on the same ones; nothing of it is kept.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import typer

from ml.candidates.catalog import LIGHTGBM_LOADS, lightgbm
from ml.evaluation import metrics
from ml.evaluation.leak_alarm import check_at_departure
from ml.evaluation.split import Split, is_delayed, split_in_time
from ml.features import build, catalog, lookups
from ontime import warehouse
from ontime.settings import settings

#: The outcome that is known by then.
KNOWN = "departure_delay_minutes"
HORIZON = timedelta(0)


@dataclass(frozen=True)
class AtDeparture:
    """What the model scores on the test part, how many flights that has, and the first and the last day of it."""

    scores: metrics.Scores
    flights: int
    split: Split


def measure(published: Path) -> AtDeparture:
    """Train and judge on the flights of a warehouse file that have departed and arrived.

    Raises :class:`ml.evaluation.leak_alarm.LeakSuspected` on a score that the departure cannot explain, and
    :class:`ml.evaluation.split.TooFewFlights`.
    """
    flights = build.build(published, HORIZON).merge(_departure_delays(published), on="flight_key")
    flights = flights[flights[lookups.TARGET].notna()]
    split = split_in_time(flights)
    train, test = split.part("train", flights), split.part("test", flights)
    columns = catalog.without_outcomes([*catalog.NAMES, KNOWN], known={KNOWN})
    model = lightgbm().fit(train[columns], is_delayed(train))
    scores = metrics.score(is_delayed(test), model.predict_proba(test[columns])[:, 1])
    check_at_departure(scores.roc_auc)
    return AtDeparture(scores, len(test), split)


def _departure_delays(published: Path) -> pd.DataFrame:
    with duckdb.connect(str(published), read_only=True, config=settings.duckdb_config) as connection:
        return (
            connection.sql(
                f"select flight_key, {KNOWN}::double as {KNOWN} from marts.fct_flights where {KNOWN} is not null"  # noqa: S608
            )
            .to_arrow_table()
            .to_pandas()
        )


def main() -> None:
    """Train the model on the published warehouse; print its scores."""
    current = warehouse.current(warehouse.WAREHOUSE)
    if current is None:
        raise typer.BadParameter("No warehouse has been published yet: run `make demo` first.")
    if not LIGHTGBM_LOADS:
        raise typer.BadParameter("It needs LightGBM, and that OpenMP (Debian: libgomp1, Homebrew: libomp).")
    found = measure(current.path)
    print(f"At departure, {found.split.test_start} to {found.split.test_end}, {found.flights:,} flights:")
    for name, value in metrics.as_dict(found.scores).items():
        print(f"  {name:20} {value:.4f}")


if __name__ == "__main__":
    typer.run(main)
