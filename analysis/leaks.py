"""Classic leaks, built on purpose, and the false score that each of them gives.

All models are the same trees, trained on the same flights; they differ in one mistake. Each leak is compared with the
same idea done right: computed from what was known two hours before scheduled departure, and tested on later months.
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

from ml.candidates.catalog import HIST_GRADIENT_BOOSTING, MISSING_NUMBER, RANDOM_STATE
from ml.evaluation.leak_alarm import HIGHEST_HONEST_ROC_AUC
from ml.evaluation.split import Split, split_in_time
from ml.features.build import build
from ml.features.catalog import CATEGORICAL, FEATURES, NAMES, TARGET, WEATHER, Availability
from ontime import files, warehouse
from ontime.settings import PROJECT_DIR, settings

PAGE = PROJECT_DIR / "docs" / "learn" / "leaks.md"
SCHEDULE = [feature.name for feature in FEATURES if feature.availability is Availability.SCHEDULE]
ROLLING_FLIGHTS = 20
#: A prediction horizon of minus one hour: the features see everything up to an hour after scheduled departure.
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
    """The same flights in three frames, with equal rows in equal order."""

    #: The honest features: what was known two hours before scheduled departure.
    features: pd.DataFrame
    #: The same features an hour after scheduled departure.
    features_too_late: pd.DataFrame
    #: The outcomes, and the columns of the schedule that the leaks group by.
    outcomes: pd.DataFrame


@dataclass(frozen=True)
class Leak:
    """A mistake, the columns that it gives a model, and the columns of the same idea done right.

    ``leaking`` and ``honest`` return a frame with one row per flight. ``at_random``: the test flights are drawn from
    all days instead of from the last months.
    """

    name: str
    mistake: str
    done_right: str
    leaking: Callable[[Flights], pd.DataFrame]
    honest: Callable[[Flights], pd.DataFrame]
    at_random: bool = False


@dataclass(frozen=True)
class Measurement:
    """Test ROC-AUC with the leak and without it."""

    leak: Leak
    false_roc_auc: float
    honest_roc_auc: float

    @property
    def inflation(self) -> float:
        """By how much the leak raises the score."""
        return self.false_roc_auc - self.honest_roc_auc

    @property
    def is_caught_by_alarm(self) -> bool:
        """Whether the leak alarm would stop a training with this score."""
        return self.false_roc_auc > HIGHEST_HONEST_ROC_AUC


# -- columns -----------------------------------------------------------------------
def all_features(flights: Flights) -> pd.DataFrame:
    """All features of the model."""
    return flights.features[NAMES]


def scheduled_hour_weather(flights: Flights) -> pd.DataFrame:
    """All features, but with the weather of the departure hour instead of the last hour that had ended."""
    weather = [name for name in NAMES if name.startswith(tuple(f"origin_{name}" for name in WEATHER))]
    return all_features(flights).assign(**{name: flights.features_too_late[name] for name in weather})


def no_cut(flights: Flights) -> pd.DataFrame:
    """All features as known an hour after scheduled departure, when most flights have left."""
    return flights.features_too_late[NAMES]


def target_encoding(flights: Flights) -> pd.DataFrame:
    """The flight number's late share over all data, test months included."""
    flight = ["airline_code", "flight_number", "origin_airport_code", "destination_airport_code"]
    return _schedule_and(flights, flights.outcomes.groupby(flight)["is_arrival_delayed"].transform("mean"))


def rolling_mean(flights: Flights) -> pd.DataFrame:
    """Mean arrival delay of the previous flights in the origin's schedule; many of them had not arrived yet."""
    delays = flights.outcomes.groupby("origin_airport_code")["arrival_delay_minutes"]
    previous = delays.transform(lambda delay: delay.shift().rolling(ROLLING_FLIGHTS, min_periods=1).mean())
    return _schedule_and(flights, previous)


def same_day_rate(flights: Flights) -> pd.DataFrame:
    """Late share of the origin's other flights of the day, including later ones."""
    group = flights.outcomes.groupby(["origin_airport_code", "flight_date"])["is_arrival_delayed"]
    own = flights.outcomes["is_arrival_delayed"]
    other_flights = group.transform("count") - own.notna()
    late_others = group.transform("sum") - own.fillna(0)
    return _schedule_and(flights, (late_others / other_flights).where(other_flights > 0))


def hour_rate_with_itself(flights: Flights) -> pd.DataFrame:
    """Late share of the origin's flights in the scheduled hour, including the flight itself."""
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
        all_features,
    ),
    Leak(
        "Random split",
        "flights of one day in training and in test",
        "the last months are the test",
        all_features,
        all_features,
        at_random=True,
    ),
    Leak(
        "Every feature, no cut",
        "everything known an hour after scheduled departure",
        "everything known two hours before it",
        no_cut,
        all_features,
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
        "of the flights that had arrived at the cut",
        rolling_mean,
        _feature("origin_arrival_delay_minutes_last_3h"),
    ),
    Leak(
        "Rate of the day at the origin",
        "late share of all other flights of the day, including later ones",
        "mean departure delay in the six hours before the cut",
        same_day_rate,
        _feature("origin_departure_delay_minutes_last_6h"),
    ),
    Leak(
        "Rate of the hour at the origin",
        "late share of the flights in the same hour, including the flight itself",
        "mean departure delay in the hour before the cut",
        hour_rate_with_itself,
        _feature("origin_departure_delay_minutes_last_1h"),
    ),
    Leak(
        "Departure delay",
        "of the flight itself",
        "of its aircraft's last departure",
        departure_delay,
        _feature("aircraft_departure_delay_minutes"),
    ),
)


# -- scores ------------------------------------------------------------------------
def measure(leaks: Sequence[Leak] = LEAKS, log: Callable[[str], None] = print) -> list[Measurement]:
    """Train with and without each leak on the published warehouse; ``log`` gets one line per leak.

    Raises :class:`ontime.warehouse.NothingPublished` and :class:`ml.evaluation.split.TooFewFlights`.
    """
    flights = _published_flights()
    split = split_in_time(flights.features)
    scores: dict[tuple[object, bool], float] = {}  # most leaks share one honest model

    def score(columns: Callable[[Flights], pd.DataFrame], at_random: bool) -> float:
        if (columns, at_random) not in scores:
            scores[columns, at_random] = _test_roc_auc(columns(flights), flights.features, split, at_random)
        return scores[columns, at_random]

    measurements = []
    for leak in leaks:
        result = Measurement(leak, score(leak.leaking, leak.at_random), score(leak.honest, False))
        log(f"{leak.name}: {result.false_roc_auc:.3f}; done right {result.honest_roc_auc:.3f}")
        measurements.append(result)
    return measurements


def _published_flights() -> Flights:
    published = warehouse.current()
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `make demo` first.")
    with duckdb.connect(str(published.path), read_only=True, config=settings.duckdb_config) as connection:
        outcomes = connection.sql(_OUTCOMES).to_arrow_table().to_pandas()
    return Flights(build(published.path), build(published.path, AFTER_DEPARTURE), outcomes)


def _test_roc_auc(columns: pd.DataFrame, features: pd.DataFrame, split: Split, at_random: bool) -> float:
    arrived = features[features[TARGET].notna()]
    train, test = split.part("train", arrived).index, split.part("test", arrived).index
    if at_random:
        train, test = train_test_split(train.append(test), test_size=len(test), random_state=RANDOM_STATE)
    labels = features[TARGET].astype("boolean")
    prepared = _prepared(columns)
    # The settings of the model's candidate, so a score can be compared with the model's.
    model = HistGradientBoostingClassifier(**HIST_GRADIENT_BOOSTING, categorical_features="from_dtype")
    with threadpool_limits(1):
        model.fit(prepared.loc[train], labels[train].to_numpy(dtype=bool))
        probability = model.predict_proba(prepared.loc[test])[:, 1]
    return float(roc_auc_score(labels[test].to_numpy(dtype=bool), probability))


def _prepared(columns: pd.DataFrame) -> pd.DataFrame:
    """The columns as the trees need them: categories typed as such, missing numbers replaced."""
    numbers = columns.columns.difference(CATEGORICAL)
    filled = columns.fillna(dict.fromkeys(numbers, MISSING_NUMBER))
    return filled.astype(dict.fromkeys(columns.columns.difference(numbers), "category"))


# -- the page ----------------------------------------------------------------------
def table(measurements: Sequence[Measurement]) -> str:
    """The scores as a Markdown table, in ascending order of inflation."""
    lines = [
        "| leak | the mistake | false ROC-AUC | done right | honest ROC-AUC | inflation | caught by the alarm |",
        "| --- | --- | ---: | --- | ---: | ---: | --- |",
    ]
    for result in sorted(measurements, key=lambda result: result.inflation):
        is_caught = "yes" if result.is_caught_by_alarm else "no"
        lines.append(
            f"| {result.leak.name} | {result.leak.mistake} | {result.false_roc_auc:.3f} | {result.leak.done_right} "
            f"| {result.honest_roc_auc:.3f} | {result.inflation:+.3f} | {is_caught} |"
        )
    return "\n".join(lines) + "\n"


def write(measurements: Sequence[Measurement]) -> None:
    """Replace the table between the two marks in ``docs/learn/leaks.md``."""
    marks = r"(<!-- measured -->\n).*(<!-- end of measured -->)"
    page = re.sub(marks, lambda match: match[1] + table(measurements) + match[2], PAGE.read_text(), flags=re.DOTALL)
    files.write_text(PAGE, page)
