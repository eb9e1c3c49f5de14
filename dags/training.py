"""
### Training: will this flight arrive 15 minutes late or more?

Runs when a new warehouse has been published. Everything is computed as it was known two hours
before scheduled departure, and judged on months that come after those it learned from.

| task | what it does |
| --- | --- |
| `build_features` | schedule, past delays, live operations, the aircraft and the weather, as known at the cut |
| `train_candidates` | two baselines, logistic regression, gradient boosting |
| `evaluate_candidates` | ROC-AUC, PR-AUC, Brier, log-loss, calibration error; stops on a score too good to be true |
| `promote_challenger` | saves model and model card; the best becomes champion if it beats the one before |
| `score_test_months` | publishes the champion's predictions, `data/warehouse/predictions.duckdb` |

By hand: `python -m ontime.model.train`.
"""

from airflow.sdk import DAG, task
from assets import MODEL, PREDICTIONS, WAREHOUSE
from ingestion import DEFAULT_ARGS


@task
def build_features() -> dict:
    """What was known of each flight two hours before its scheduled departure."""
    from ontime.model import train

    return train.build_features()


@task
def train_candidates(features: dict) -> dict:
    """Fit every candidate on the training months."""
    from ontime.model import train

    return train.train_candidates(features)


@task(retries=0)
def evaluate_candidates(trained: dict) -> dict:
    """Score every candidate on validation and test months; too good a score is a leak."""
    from ontime.model import train

    return train.evaluate_candidates(trained)


@task(retries=0, outlets=[MODEL])
def promote_challenger(evaluated: dict) -> dict:
    """Save the best candidate with its card; make it champion if it beats the champion."""
    from ontime.model import train

    return train.promote_challenger(evaluated)


@task(retries=0, outlets=[PREDICTIONS])
def score_test_months(promoted: dict) -> dict:
    """Publish the champion's predictions."""
    from ontime.model import train

    return train.score_test_months(promoted)


with DAG(
    dag_id="training",
    doc_md=__doc__,
    description="Features, candidates, evaluation, promotion, predictions.",
    schedule=[WAREHOUSE],
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["scikit-learn", "model"],
):
    score_test_months(promote_challenger(evaluate_candidates(train_candidates(build_features()))))
