"""The warehouse: a candidate is prepared, built by dbt, checked by its gate, and published by an atomic swap."""

from ontime.locks import Busy
from ontime.warehouse.candidate import (
    NotBuilt,
    NotValidated,
    build_candidate,
    inputs_digest,
    mark_candidate_validated,
    publish_candidate,
    validating,
)
from ontime.warehouse.docs import write_docs
from ontime.warehouse.ml_tables import publish_monitoring, publish_predictions
from ontime.warehouse.prepare import is_settled, prepare_candidate
from ontime.warehouse.records import (
    MONITORING,
    PREDICTIONS,
    WAREHOUSE,
    DamagedVersion,
    NothingPublished,
    Version,
    current,
    current_name,
    history,
    published_path,
)
from ontime.warehouse.versions import NotPublished, StaleParent, publish, rollback, unannounced
from ontime.warehouse.withdrawn import Withdrawn, drop

#: What stops a step of the warehouse. Each message says what is wrong and what to do.
REFUSALS = (NothingPublished, NotPublished, Withdrawn, Busy)

__all__ = [
    "MONITORING",
    "PREDICTIONS",
    "REFUSALS",
    "WAREHOUSE",
    "Busy",
    "DamagedVersion",
    "NotBuilt",
    "NotPublished",
    "NotValidated",
    "NothingPublished",
    "StaleParent",
    "Version",
    "Withdrawn",
    "build_candidate",
    "current",
    "current_name",
    "drop",
    "history",
    "inputs_digest",
    "is_settled",
    "mark_candidate_validated",
    "prepare_candidate",
    "publish",
    "publish_candidate",
    "publish_monitoring",
    "publish_predictions",
    "published_path",
    "rollback",
    "unannounced",
    "validating",
    "write_docs",
]
