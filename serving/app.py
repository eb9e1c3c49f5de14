"""The prediction service: `uvicorn serving.app:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ml.features.catalog import PREDICTION_HORIZON
from ml.registry import store
from serving.champion import Current, NotReady
from serving.schedule import Asked, NoSuchFlight, flight_key

current = Current()


@asynccontextmanager
async def _prepared(app: FastAPI) -> AsyncIterator[None]:
    """Load before the first request; without a champion the service starts all the same, and says so."""
    with suppress(NotReady):
        current.champion()
    yield


app = FastAPI(title="Ontime: will this flight be late?", docs_url=None, redoc_url=None, lifespan=_prepared)


class Prediction(BaseModel):
    """``as_of`` is the instant up to which events count, as far as the published warehouse has them."""

    flight_key: str
    delay_probability: float
    as_of: datetime


class Predictions(BaseModel):
    model_version: str
    warehouse_version: str
    predictions: list[Prediction]


class Score(BaseModel):
    """On the sealed test part, with the ends of its 95 % interval by day."""

    name: str
    value: float
    low: float
    high: float


class Feature(BaseModel):
    name: str
    availability: str
    description: str


class Model(BaseModel):
    """What answers, how good it is, and what it looks at."""

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
def predict(asked: Asked) -> Predictions:
    """The probability that each flight, if it arrives, arrives 15 minutes late or more."""
    champion = current.champion()
    table = champion.schedule.table(asked.flights)
    found = champion.delay_probability(table)
    as_of = [departure - PREDICTION_HORIZON for departure in table["scheduled_departure_at"].to_pylist()]
    return Predictions(
        model_version=champion.card["version"],
        warehouse_version=champion.warehouse.version,
        predictions=[
            Prediction(flight_key=flight_key(flight), delay_probability=probability, as_of=instant.astimezone(UTC))
            for flight, probability, instant in zip(asked.flights, found, as_of, strict=True)
        ],
    )


@app.get("/model")
def model() -> Model:
    """The champion: version, scores with intervals, features and what each may see."""
    champion = current.champion()
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
            Score(name=told, value=scores[name], low=intervals[name][0], high=intervals[name][1])
            for name, told in store.SCORE_NAMES.items()
        ],
        features=[Feature(**{name: one[name] for name in Feature.model_fields}) for one in card["features"]],
    )


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether there is a champion to answer with; 503 and what to do if not."""
    return {"status": "healthy", "model_version": current.champion().card["version"]}


@app.exception_handler(NotReady)
def not_ready(request: Request, problem: NotReady) -> JSONResponse:
    """Nothing to answer with is the service's state, not the caller's mistake."""
    return JSONResponse({"detail": str(problem)}, status_code=503)


@app.exception_handler(NoSuchFlight)
async def no_such_flight(request: Request, problem: NoSuchFlight) -> JSONResponse:
    """Told in the shape in which FastAPI tells of a field that is malformed."""
    return await request_validation_exception_handler(request, RequestValidationError(problem.errors))
