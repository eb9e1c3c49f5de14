"""The process that answers for the champion: `python -m ml.answering WAREHOUSE_VERSION`. :mod:`ml.asking` starts it."""

import os
import signal
import sys
from io import BufferedReader, FileIO
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from ml import scoring
from ml.asking import ANSWER_SECONDS, IDLE_SECONDS, REFUSALS, REPLY, Answer, Reason, Refusal
from ml.features import build
from ml.features.catalog import FEATURES, NAMES
from ml.registry import store
from ontime.warehouse.records import WAREHOUSE, NothingPublished, version_path


class Answering:
    """The champion and a published warehouse, prepared for questions.

    Raises what :func:`ml.registry.store.load_champion` and :func:`ml.scoring.check_features` raise.
    """

    def __init__(self, warehouse_version: str) -> None:
        self.model, self.card = store.load_champion()
        scoring.check_features(self.card)
        path = version_path(WAREHOUSE, warehouse_version)
        if not path.is_file():
            raise NothingPublished(f"The file of version {warehouse_version} is missing.")
        self._prepared = build.Prepared(path)

    def answer(self, scheduled: pa.Table) -> Answer:
        """The answer for the one flight in ``scheduled``, as :meth:`ml.schedule.Schedule.table` returns it."""
        features = self._prepared.features(scheduled)
        probability = float(scoring.delay_probability(self.model, features)[0])
        raw_score = float(np.log(probability / (1 - probability)))
        added = contributions(self.model, features)
        if added is None:
            return Answer(probability, raw_score, raw_score, ())
        *of_features, start = added[0]
        reasons = [
            Reason(feature.name, feature.description, _plain(features[feature.name].iloc[0]), float(contribution))
            for feature, contribution in zip(FEATURES, of_features, strict=True)
        ]
        reasons.sort(key=lambda reason: -abs(reason.contribution))
        return Answer(probability, float(added[0].sum()), float(start), tuple(reasons))


def contributions(model: Any, flights: pd.DataFrame) -> np.ndarray | None:
    """What each feature adds to the raw score (log-odds), and in the last column the mean raw score of the training.

    One row per flight; a row sums to the flight's raw score (TreeSHAP: Lundberg et al., Nature Machine Intelligence
    2020). None for a model that is not LightGBM's.
    """
    booster = getattr(model, "booster_", None)
    if booster is None:
        return None
    categories = flights[NAMES].astype(dict.fromkeys(model.categorical, "category"))
    return np.asarray(booster.predict(categories, pred_contrib=True, num_threads=1))


def serve(warehouse_version: str, questions: BufferedReader, replies: BinaryIO) -> None:
    """Answer every question until the stream ends, or until there is a reason why none can be answered."""
    signal.alarm(ANSWER_SECONDS)
    answering: Answering | Refusal
    try:
        answering = Answering(warehouse_version)
    except tuple(REFUSALS.values()) as problem:
        answering = Refusal(type(problem).__name__, str(problem))
    signal.alarm(IDLE_SECONDS)
    while questions.peek(1):
        signal.alarm(ANSWER_SECONDS)
        scheduled = pa.ipc.open_stream(questions).read_all()
        reply = answering if isinstance(answering, Refusal) else answering.answer(scheduled)
        replies.write(REPLY.dump_json(reply) + b"\n")
        replies.flush()
        if reply is answering:
            break
        signal.alarm(IDLE_SECONDS)
    signal.alarm(0)


def main() -> None:
    """Answer the questions on the standard input. Libraries may print, so standard output becomes standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.argv[1], BufferedReader(FileIO(sys.stdin.fileno())), replies)


def _plain(value: Any) -> float | str | None:
    """A feature's value as a number or text of Python; None if it is missing."""
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


if __name__ == "__main__":
    main()
