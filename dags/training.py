"""
### Training: will this flight arrive 15 or more minutes late?

Runs when a new warehouse is published. Each feature uses only what was known two hours before scheduled departure, and
each model is tested on months after the months that it was trained on.

| task | what it does |
| --- | --- |
| `build_features` | schedule, past delays, live operations, aircraft and weather, as known two hours before departure |
| `train_candidates` | two baselines, logistic regression, two kinds of boosted trees, a neural network with PyTorch |
| `evaluate_candidates` | scores with intervals; fails if a score is too good to be true |
| `register_challenger` | saves the best candidate with its card, registers it in MLflow, compares it to the champion |
| `promote_challenger` | makes it the champion if it is significantly better, calibrated, and not worse on any slice |
| `score_new_months` | publishes the champion's predictions for later flights in `data/warehouse/predictions.duckdb` |
| `monitor` | publishes drift and performance by month in `data/warehouse/monitoring.duckdb` |

Without published flights, `build_features` says so, and the other tasks are skipped.
Drift in a month is not an error: the log and the asset `monitoring` say `status: drifted` and list what drifted.
With `ONTIME_PROMOTION_NEEDS_APPROVAL=true` a better challenger waits at `approve` for a person (**Required
actions**). *Reject*, and a week without an answer, keep the current champion; its predictions are published anyway.
With *Cross-validate* in the form, every candidate is also tested on earlier months, one by one, which takes minutes.
To use the previous champion again: `ontime model rollback`. To train by hand: `ontime model train`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task
from wiring.assets import MODEL, MONITORING, PREDICTIONS, WAREHOUSE
from wiring.ingest_tasks import DEFAULT_ARGS

from ontime.settings import settings


@task.short_circuit
def build_features() -> dict | bool:
    """Compute what was known about each flight two hours before its scheduled departure. Without flights, skip."""
    from ml import train

    built = train.build_features()
    if not built["rows"]:
        print("No flights are published: there is nothing to train on, and the tasks after this one are skipped.")
        return False
    return built


@task
def train_candidates(features: dict) -> dict:
    """Fit every candidate on the training months."""
    from ml import train

    return train.train_candidates(features)


@task(retries=0)
def evaluate_candidates(trained: dict, params: dict) -> dict:
    """Score every candidate on the validation and test months; a score that is too good means a leak."""
    from ml import train

    return train.evaluate_candidates(trained, cross_validate=params["cross_validate"])


@task(retries=0)
def register_challenger(evaluated: dict) -> dict:
    """Save the best candidate with its card, register it in MLflow, and compare it with the champion."""
    from ml import train

    return train.register_challenger(evaluated)


@task.short_circuit(retries=0, ignore_downstream_trigger_rules=False)
def is_better(registered: dict) -> bool:
    """Whether there is a challenger to approve."""
    from ml import train

    return train.is_better(registered)


@task(retries=0, outlets=[MODEL])
def promote_challenger(registered: dict) -> dict:
    """Make the challenger the champion if it should be promoted."""
    from ml import train

    return train.promote_challenger(registered)


# The trigger rule: if nobody approves the challenger, the champion's predictions are still published.
@task(retries=0, outlets=[PREDICTIONS], trigger_rule="none_failed")
def score_new_months(registered: dict, outlet_events) -> dict:
    """Publish the champion's predictions. Without a champion there are none; the asset's event says so."""
    from ml import train

    outlet_events[PREDICTIONS].extra = train.score_new_months(registered)
    return outlet_events[PREDICTIONS].extra


@task(retries=0, outlets=[MONITORING])
def monitor(scored: dict, outlet_events) -> dict:
    """Compute drift of features and score, and performance, by month. Drift is reported and is not an error."""
    from ml import train

    outlet_events[MONITORING].extra = train.monitor(scored)
    return outlet_events[MONITORING].extra


def approve() -> ApprovalOperator:
    """A person decides in the UI, which shows the comparison and the scores. No answer counts as *Reject*."""
    registered = "ti.xcom_pull(task_ids='register_challenger')"
    return ApprovalOperator(
        task_id="approve",
        subject=f"Model {{{{ {registered}['version'] }}}} for champion?",
        body=f"{{{{ {registered}['question'] }}}}",
        defaults=ApprovalOperator.REJECT,
        execution_timeout=None,
        response_timeout=timedelta(days=7),
    )


with DAG(
    dag_id="training",
    doc_md=__doc__,
    description="Features, candidates, evaluation, registry, promotion, predictions.",
    schedule=[WAREHOUSE],
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    params={"cross_validate": Param(False, type="boolean", title="Cross-validate")},
    tags=["scikit-learn", "mlflow", "model"],
):
    registered = register_challenger(evaluate_candidates(train_candidates(build_features())))
    promoted = promote_challenger(registered)
    scored = score_new_months(registered)
    promoted >> scored
    monitor(scored)
    if settings.promotion_needs_approval:
        is_better(registered) >> approve() >> promoted
