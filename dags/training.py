"""
### Training: will this flight arrive 15 minutes late or more?

Runs when a new warehouse has been published. Everything is computed as it was known two hours
before scheduled departure, and judged on months that come after those it learned from.

| task | what it does |
| --- | --- |
| `build_features` | schedule, past delays, live operations, the aircraft and the weather, as known at the cut |
| `train_candidates` | two baselines, logistic regression, boosted trees twice, a neural network where PyTorch is |
| `evaluate_candidates` | scores with intervals; stops on a score too good to be true |
| `register_challenger` | saves the best with its model card, enters it into MLflow, compares it with the champion |
| `promote_challenger` | makes it the champion, if it is certainly better, calibrated, and worse on no slice |
| `score_new_months` | publishes the champion's predictions of all later flights, `data/warehouse/predictions.duckdb` |
| `monitor` | drift of features and score, and performance, by month, `data/warehouse/monitoring.duckdb` |

A month that has drifted does not fail: the asset `monitoring` says `status: drifted` and what has, and so does the log.
With `ONTIME_PROMOTION_NEEDS_APPROVAL=true` a better challenger waits at `approve` for a person: **Required actions**.
*Reject*, and a week without an answer, leave the champion as it is; its predictions are published all the same.
The form's *Cross-validate* also fits and tests every candidate on each of the months before (minutes).
Back to the champion before: `python -m ml.registry.store rollback`. By hand: `python -m ml.train`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task
from wiring.assets import MODEL, MONITORING, PREDICTIONS, WAREHOUSE
from wiring.ingest_tasks import DEFAULT_ARGS

from ontime.settings import settings


@task
def build_features() -> dict:
    """What was known of each flight two hours before its scheduled departure."""
    from ml import train

    return train.build_features()


@task
def train_candidates(features: dict) -> dict:
    """Fit every candidate on the training months."""
    from ml import train

    return train.train_candidates(features)


@task(retries=0)
def evaluate_candidates(trained: dict, params: dict) -> dict:
    """Score every candidate on validation and test months; too good a score is a leak."""
    from ml import train

    return train.evaluate_candidates(trained, cross_validate=params["cross_validate"])


@task(retries=0)
def register_challenger(evaluated: dict) -> dict:
    """Save the best candidate with its card, enter it into MLflow, compare it with the champion."""
    from ml import train

    return train.register_challenger(evaluated)


@task.short_circuit(retries=0, ignore_downstream_trigger_rules=False)
def is_better(registered: dict) -> bool:
    """Is there anything to approve?"""
    from ml import train

    return train.is_better(registered)


@task(retries=0, outlets=[MODEL])
def promote_challenger(registered: dict) -> dict:
    """Make the challenger the champion, if it is to be."""
    from ml import train

    return train.promote_challenger(registered)


# Where nobody approves the challenger, the champion's predictions are published all the same.
@task(retries=0, outlets=[PREDICTIONS], trigger_rule="none_failed")
def score_new_months(registered: dict, outlet_events) -> dict:
    """Publish the champion's predictions. Without a champion there are none, and the asset's event says so."""
    from ml import train

    outlet_events[PREDICTIONS].extra = train.score_new_months(registered)
    return outlet_events[PREDICTIONS].extra


@task(retries=0, outlets=[MONITORING])
def monitor(scored: dict, outlet_events) -> dict:
    """Drift of features and score, and performance, by month. A month that has drifted is news, not an error."""
    from ml import train

    outlet_events[MONITORING].extra = train.monitor(scored)
    return outlet_events[MONITORING].extra


def approve() -> ApprovalOperator:
    """A person decides in the UI, with the comparison and the scores before them; silence is no consent."""
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
