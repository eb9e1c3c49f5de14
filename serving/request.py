"""The body of a request: the flights to predict."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ml.schedule import ScheduledFlight

MOST_FLIGHTS = 100


class PredictionRequest(BaseModel):
    """The flights to predict. The answer for a flight does not depend on the others in the request."""

    model_config = ConfigDict(extra="forbid")

    flights: Annotated[list[ScheduledFlight], Field(min_length=1, max_length=MOST_FLIGHTS)]
