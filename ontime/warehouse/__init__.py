"""The warehouse: a candidate is prepared, built by dbt, checked by its gate, and published by an atomic swap."""

from ontime.warehouse.candidate import (
    NotAudited,
    accept_candidate,
    build_candidate,
    inputs_digest,
    prepare_candidate,
    publish_candidate,
    publish_monitoring,
    publish_predictions,
    write_docs,
)
from ontime.warehouse.versions import (
    MONITORING,
    PREDICTIONS,
    WAREHOUSE,
    NothingPublished,
    Version,
    current,
    history,
    publish,
    published_path,
    rollback,
)

__all__ = [
    "MONITORING",
    "PREDICTIONS",
    "WAREHOUSE",
    "NotAudited",
    "NothingPublished",
    "Version",
    "accept_candidate",
    "build_candidate",
    "current",
    "history",
    "inputs_digest",
    "prepare_candidate",
    "publish",
    "publish_candidate",
    "publish_monitoring",
    "publish_predictions",
    "published_path",
    "rollback",
    "write_docs",
]
