"""The prediction service: `python -m serving`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ml.features.catalog import PREDICTION_HORIZON
from ml.registry import store
from ml.schedule import InvalidFlights, flight_key
from ontime.web.headers import SecurityHeaders
from ontime.web.limits import AtOnce, BodyLimit
from serving.champion import ChampionCache, NotReady
from serving.problems import problems
from serving.request import PredictionRequest

MOST_BODY_BYTES = 64 * 1024  # a request for a hundred flights needs less than half of it

champion_cache = ChampionCache()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the champion before the first request; without one the service starts anyway and answers with 503."""
    with suppress(NotReady):
        champion_cache.get()
    yield


app = FastAPI(
    title="Ontime: will this flight be late?",
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
    lifespan=_lifespan,
)
app.add_middleware(AtOnce)
app.add_middleware(BodyLimit, most_bytes=MOST_BODY_BYTES)
app.add_middleware(SecurityHeaders)  # the last one added is the outermost


class Prediction(BaseModel):
    """The answer for one flight.

    ``as_of`` is the cut, two hours before scheduled departure: only events of the published warehouse up to this
    instant are used.
    """

    flight_key: str
    delay_probability: float
    as_of: datetime


class Predictions(BaseModel):
    model_version: str
    warehouse_version: str
    predictions: list[Prediction]


class Score(BaseModel):
    """A score on the test part, with the ends of its 95 % interval (bootstrap by day)."""

    name: str
    value: float
    low: float
    high: float


class Feature(BaseModel):
    name: str
    availability: str
    description: str


class Model(BaseModel):
    """The champion: where it comes from, how good it is, and which features it uses."""

    model_version: str
    warehouse_version: str
    candidate: str
    trained_at: datetime
    prediction_horizon_minutes: float
    flag_at_or_above: float
    tested_from: str
    tested_to: str
    scores: list[Score]
    features: list[Feature]


@app.post("/predict")
def predict(request: PredictionRequest) -> Predictions:
    """The probability that each flight arrives 15 or more minutes late, given that it arrives."""
    champion = champion_cache.get()
    scheduled = champion.schedule.table(request.flights)
    probabilities = champion.delay_probability(scheduled)
    cuts = [departure - PREDICTION_HORIZON for departure in scheduled["scheduled_departure_at"].to_pylist()]
    return Predictions(
        model_version=champion.card["version"],
        warehouse_version=champion.warehouse.version,
        predictions=[
            Prediction(flight_key=flight_key(flight), delay_probability=probability, as_of=cut.astimezone(UTC))
            for flight, probability, cut in zip(request.flights, probabilities, cuts, strict=True)
        ],
    )


@app.get("/model")
def model() -> Model:
    """The champion: its version, its scores with intervals, its features and what each feature may see."""
    champion = champion_cache.get()
    card = champion.card
    scores, intervals = card["scores"][card["candidate"]]["test"], card["intervals"][card["candidate"]]
    return Model(
        model_version=card["version"],
        warehouse_version=champion.warehouse.version,
        candidate=card["candidate"],
        trained_at=card["trained_at"],
        prediction_horizon_minutes=card["prediction_horizon_minutes"],
        flag_at_or_above=card["threshold"]["validation"]["threshold"],
        tested_from=card["split"]["test_start"],
        tested_to=card["split"]["test_end"],
        scores=[
            Score(name=label, value=scores[name], low=intervals[name][0], high=intervals[name][1])
            for name, label in store.SCORE_NAMES.items()
        ],
        features=[Feature(**{name: feature[name] for name in Feature.model_fields}) for feature in card["features"]],
    )


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """200 with the champion's version; 503 and what to do when there is no champion.

    ``degraded``, and why, if an earlier champion answers because the published one cannot be used.
    """
    champion, problem = champion_cache.look()
    state = {"status": "degraded", "problem": problem} if problem else {"status": "healthy"}
    return {**state, "model_version": champion.card["version"]}


@app.exception_handler(NotReady)
def not_ready(request: Request, problem: NotReady) -> JSONResponse:
    """Answer 503: the service has no usable model or data. The request may be valid."""
    return JSONResponse({"detail": str(problem)}, status_code=503)


@app.exception_handler(RequestValidationError)
@app.exception_handler(InvalidFlights)
def invalid_request(request: Request, problem: RequestValidationError | InvalidFlights) -> JSONResponse:
    """Answer 422 with the field and the problem, without the value, which may have any size and content."""
    errors = problem.errors() if isinstance(problem, RequestValidationError) else problem.errors
    return JSONResponse({"detail": problems(errors)}, status_code=422)
