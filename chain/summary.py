"""What a run left behind, as tables: rows, gates and model scores."""

from rich.table import Table

from chain.follow import Chain
from ontime import lake
from ontime.model import registry

#: What a score is called in the model card, and on the screen.
SCORES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier",
    "log_loss": "log-loss",
    "calibration_error": "ECE",
}


def summary(chain: Chain) -> list[Table]:
    """What the run left behind: rows by dataset, checks by gate, scores by candidate."""
    return [_rows(), _gates(chain), _scores()]


def _rows() -> Table:
    table = Table("rows", "raw", "clean", "quarantined", "reasons", title="Every row is accounted for")
    for dataset in lake.DATASETS:
        partitions = lake.clean_partitions(dataset)
        reasons: dict[str, int] = {}
        for partition in partitions:
            for reason, count in partition.quarantined_by_reason.items():
                reasons[reason] = reasons.get(reason, 0) + count
        counts = [sum(getattr(p, name) for p in partitions) for name in ("rows_raw", "rows_clean", "rows_quarantined")]
        told = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
        table.add_row(dataset, *(f"{count:,}" for count in counts), told)
    return table


def _gates(chain: Chain) -> Table:
    table = Table("gate", "checks passed", "failed", "rows", title="Gates of this run")
    for (dag_id, task_id), result in chain.results.items():
        if not task_id.startswith("validate_"):
            continue
        counts = {dag_id: result} if "checks_passed" in result else result
        for dataset, count in counts.items():
            passed, failed, rows = count["checks_passed"], count["checks_failed"], count["rows"]
            table.add_row(f"{task_id.removeprefix('validate_')} {dataset}", f"{passed:,}", f"{failed:,}", f"{rows:,}")
    return table


def _scores() -> Table:
    card = registry.champion_card()
    start, end, rate = card["split"]["test_start"], card["split"]["test_end"], card["base_rate"]["test"]
    title = f"Model, tested on {start} to {end} (base rate {rate:.1%})"
    table = Table("candidate", *SCORES.values(), title=title)
    for name, scores in card["scores"].items():
        champion = "★ " if name == card["candidate"] else ""
        table.add_row(champion + name.replace("_", " "), *(f"{scores['test'][score]:.3f}" for score in SCORES))
    return table
