"""Classic leaks, built on purpose, and the false score that each of them would have given.

The same trees, the same flights; only what they are told differs. Each leak stands beside the same idea done
right: from what was known two hours before scheduled departure, and judged on later months.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.intervals import SEED
from ml.evaluation.leak_alarm import HIGHEST_HONEST_ROC_AUC
from ml.evaluation.split import Split, split_in_time
from ml.features.build import build
from ml.features.catalog import CATEGORICAL, FEATURES, NAMES, Availability
from ml.features.lookups import TARGET, WEATHER
from ontime import files, warehouse
from ontime.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "leaks.md"
SCHEDULE = [feature.name for feature in FEATURES if feature.availability is Availability.SCHEDULE]
ROLLING_FLIGHTS = 20
#: As in the model: a value of its own, for the trees fail on a column that is never known.
NOT_KNOWN = -9999.0
#: A cut that is no cut: the hour of the scheduled departure is over.
AFTER_DEPARTURE = timedelta(hours=-1)

_OUTCOMES = """
    select
        flight_key,
        airline_code,
        flight_number,
        origin_airport_code,
        destination_airport_code,
        flight_date,
        scheduled_departure_at,
        epoch(scheduled_departure_at)::bigint // 3600 as scheduled_hour,
        departure_delay_minutes::double as departure_delay_minutes,
        arrival_delay_minutes::double as arrival_delay_minutes,
        is_arrival_delayed::double as is_arrival_delayed
    from marts.fct_flights
    order by scheduled_departure_at, flight_key
"""


@dataclass(frozen=True)
class Flights:
    """The same flights three times, row for row."""

    #: As known at the cut, two hours before scheduled departure: what is honest.
    features: pd.DataFrame
    #: The same features an hour after it.
    too_late: pd.DataFrame
    #: How the flights went.
    outcomes: pd.DataFrame


@dataclass(frozen=True)
class Leak:
    """A mistake, the columns it leads to, and those of the same idea done right.

    ``leaking`` and ``honest`` give a frame with a row for each flight. ``at_random``: the test is drawn from all
    days, and not the months that come last.
    """

    name: str
    mistake: str
    done_right: str
    leaking: Callable[[Flights], pd.DataFrame]
    honest: Callable[[Flights], pd.DataFrame]
    at_random: bool = False


@dataclass(frozen=True)
class Measured:
    """Test ROC-AUC with the leak and without."""

    leak: Leak
    false_roc_auc: float
    honest_roc_auc: float

    @property
    def flattery(self) -> float:
        return self.false_roc_auc - self.honest_roc_auc

    @property
    def is_caught_by_alarm(self) -> bool:
        """Would the training have stopped at this score?"""
        return self.false_roc_auc > HIGHEST_HONEST_ROC_AUC


# -- what leaks --------------------------------------------------------------------
def everything(flights: Flights) -> pd.DataFrame:
    """All features of the model."""
    return flights.features[NAMES]


def scheduled_hour_weather(flights: Flights) -> pd.DataFrame:
    """All features, with the weather of the hour of departure in the place of the last hour that had ended."""
    weather = [name for name in NAMES if name.startswith(tuple(f"origin_{name}" for name in WEATHER))]
    return everything(flights).assign(**{name: flights.too_late[name] for name in weather})


def no_cut(flights: Flights) -> pd.DataFrame:
    """All features, as known an hour after scheduled departure: most flights have left by then."""
    return flights.too_late[NAMES]


def target_encoding(flights: Flights) -> pd.DataFrame:
    """The flight number's late share over all data, the test months included."""
    flight = ["airline_code", "flight_number", "origin_airport_code", "destination_airport_code"]
    return _schedule_and(flights, flights.outcomes.groupby(flight)["is_arrival_delayed"].transform("mean"))


def rolling_mean(flights: Flights) -> pd.DataFrame:
    """Mean arrival delay of the flights scheduled before this one at its origin: many had not arrived yet."""
    before = flights.outcomes.groupby("origin_airport_code")["arrival_delay_minutes"].transform(
        lambda delay: delay.shift().rolling(ROLLING_FLIGHTS, min_periods=1).mean()
    )
    return _schedule_and(flights, before)


def same_day_rate(flights: Flights) -> pd.DataFrame:
    """Late share of the origin's other flights of the day, the later ones included."""
    group = flights.outcomes.groupby(["origin_airport_code", "flight_date"])["is_arrival_delayed"]
    own = flights.outcomes["is_arrival_delayed"]
    others = group.transform("count") - own.notna()
    return _schedule_and(flights, ((group.transform("sum") - own.fillna(0)) / others).where(others > 0))


def hour_rate_with_itself(flights: Flights) -> pd.DataFrame:
    """Late share of the flights that leave the origin in the same hour, this one among them."""
    group = flights.outcomes.groupby(["origin_airport_code", "scheduled_hour"])["is_arrival_delayed"]
    return _schedule_and(flights, group.transform("mean"))


def departure_delay(flights: Flights) -> pd.DataFrame:
    """The flight's own departure delay."""
    return _schedule_and(flights, flights.outcomes["departure_delay_minutes"])


def _schedule_and(flights: Flights, column: pd.Series) -> pd.DataFrame:
    return flights.features[SCHEDULE].assign(added=column.to_numpy())


def _feature(name: str) -> Callable[[Flights], pd.DataFrame]:
    """The schedule and one honest feature."""
    return lambda flights: _schedule_and(flights, flights.features[name])


LEAKS = (
    Leak(
        "Weather of the scheduled hour",
        "joined on the hour of departure, which ends two to three hours after the cut",
        "the last hour that had ended",
        scheduled_hour_weather,
        everything,
    ),
    Leak(
        "Random split",
        "flights of one day in training and in test",
        "the months that come last are the test",
        everything,
        everything,
        at_random=True,
    ),
    Leak(
        "Every feature, no cut",
        "all that was known an hour after scheduled departure",
        "all that was known two hours before it",
        no_cut,
        everything,
    ),
    Leak(
        "Target encoding on all data",
        "late share of the flight number over the year, test months included",
        "over the arrivals before the cut",
        target_encoding,
        _feature("flight_excess_delay_share"),
    ),
    Leak(
        "Rolling mean in schedule order",
        f"mean delay of the origin's last {ROLLING_FLIGHTS} flights, arrived or not",
        "of those that had arrived at the cut",
        rolling_mean,
        _feature("origin_arrival_delay_minutes_last_3h"),
    ),
    Leak(
        "Rate of the day at the origin",
        "late share of all other flights of the day, later ones included",
        "mean departure delay in the six hours before the cut",
        same_day_rate,
        _feature("origin_departure_delay_minutes_last_6h"),
    ),
    Leak(
        "Rate of the hour at the origin",
        "late share of the flights of the same hour, this one among them",
        "mean departure delay in the hour before the cut",
        hour_rate_with_itself,
        _feature("origin_departure_delay_minutes_last_1h"),
    ),
    Leak(
        "Departure delay",
        "of the flight itself",
        "of its aircraft, when it last left",
        departure_delay,
        _feature("aircraft_departure_delay_minutes"),
    ),
)


# -- what it scores ----------------------------------------------------------------
def measure(leaks: Sequence[Leak] = LEAKS, tell: Callable[[str], None] = print) -> list[Measured]:
    """Train with each leak and without it; a line is told for each.

    Raises :class:`ontime.warehouse.NothingPublished` and :class:`ml.evaluation.split.TooFewFlights`.
    """
    published = warehouse.current()
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `make demo` first.")
    with duckdb.connect(str(published.path), read_only=True) as connection:
        outcomes = connection.sql(_OUTCOMES).to_arrow_table().to_pandas()
    flights = Flights(build(published.path), build(published.path, AFTER_DEPARTURE), outcomes)
    split = split_in_time(flights.features)
    scores: dict[tuple[object, bool], float] = {}

    def score(columns: Callable[[Flights], pd.DataFrame], at_random: bool) -> float:
        if (columns, at_random) not in scores:
            scores[columns, at_random] = _test_roc_auc(columns(flights), flights.features, split, at_random)
        return scores[columns, at_random]

    measured = []
    for leak in leaks:
        found = Measured(leak, score(leak.leaking, leak.at_random), score(leak.honest, False))
        tell(f"{leak.name}: {found.false_roc_auc:.3f}; done right {found.honest_roc_auc:.3f}")
        measured.append(found)
    return measured


def _test_roc_auc(columns: pd.DataFrame, features: pd.DataFrame, split: Split, at_random: bool) -> float:
    arrived = features[features[TARGET].notna()]
    train, test = split.part("train", arrived).index, split.part("test", arrived).index
    if at_random:
        train, test = train_test_split(train.append(test), test_size=len(test), random_state=SEED)
    labels = features[TARGET].astype("boolean")
    numbers = columns.columns.difference(CATEGORICAL)
    columns = columns.fillna(dict.fromkeys(numbers, NOT_KNOWN)).astype(
        dict.fromkeys(columns.columns.difference(numbers), "category")
    )
    # The settings and the columns of the model's own candidate; no early stopping, which would split at random again.
    model = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=150,
        max_leaf_nodes=15,
        min_samples_leaf=500,
        early_stopping=False,
        categorical_features="from_dtype",
        random_state=SEED,
    )
    with threadpool_limits(1):
        model.fit(columns.loc[train], labels[train].to_numpy(dtype=bool))
        probability = model.predict_proba(columns.loc[test])[:, 1]
    return float(roc_auc_score(labels[test].to_numpy(dtype=bool), probability))


# -- what the page shows -----------------------------------------------------------
def table(measured: Sequence[Measured]) -> str:
    """The scores in Markdown, the least flattering leak first."""
    lines = [
        "| leak | the mistake | false ROC-AUC | done right | honest ROC-AUC | flattery | caught by the alarm |",
        "| --- | --- | ---: | --- | ---: | ---: | --- |",
    ]
    for found in sorted(measured, key=lambda found: found.flattery):
        lines.append(
            f"| {found.leak.name} | {found.leak.mistake} | {found.false_roc_auc:.3f} | {found.leak.done_right} "
            f"| {found.honest_roc_auc:.3f} | {found.flattery:+.3f} | {'yes' if found.is_caught_by_alarm else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def write(measured: Sequence[Measured]) -> None:
    """Put the table in its place on the page."""
    marks = r"(<!-- measured -->\n).*(<!-- end of measured -->)"
    page = re.sub(marks, lambda found: found[1] + table(measured) + found[2], PAGE.read_text(), flags=re.DOTALL)
    files.write_text(PAGE, page)
