"""The results of a run, as tables: rows, gates and model scores."""

from rich.table import Table

from local_airflow.follow import Chain
from ml.registry import store
from ontime import lake


def summary(chain: Chain) -> list[Table]:
    """Rows of each dataset in the lake, checks of each gate in this run, scores of each candidate model."""
    return [_rows(), _gates(chain), _scores()]


def _rows() -> Table:
    table = Table("rows", "raw", "clean", "quarantined", "reasons", title="Every row is accounted for")
    for rows in lake.row_counts():
        reasons = ", ".join(f"{reason} {count}" for reason, count in rows.quarantined_by_reason.items())
        table.add_row(rows.dataset, f"{rows.raw:,}", f"{rows.clean:,}", f"{rows.quarantined:,}", reasons)
    return table


def _gates(chain: Chain) -> Table:
    table = Table("gate", "checks passed", "failed", "rows", "warnings", title="Gates of this run")
    for (dag_id, task_id), result in chain.results.items():
        if not task_id.startswith("validate_"):
            continue
        by_dataset = {dag_id: result} if "checks_passed" in result else result
        for dataset, counts in by_dataset.items():
            figures = [f"{counts[name]:,}" for name in ("checks_passed", "checks_failed", "rows")]
            warnings = "\n".join(counts.get("warnings", []))
            table.add_row(f"{task_id.removeprefix('validate_')} {dataset}", *figures, warnings)
    return table


def _scores() -> Table:
    if store.champion_version() is None:
        return Table("candidate", *store.SCORE_NAMES.values(), title="No champion: nobody approved the first model")
    card = store.champion_card()
    start, end, rate = card["split"]["test_start"], card["split"]["test_end"], card["base_rate"]["test"]
    title = f"Model, tested on {start} to {end} (base rate {rate:.1%})"
    table = Table("candidate", *store.SCORE_NAMES.values(), title=title)
    for name, scores in card["scores"].items():
        mark = "★ " if name == card["candidate"] else ""
        figures = [f"{scores['test'][score]:.3f}" for score in store.SCORE_NAMES]
        table.add_row(mark + name.replace("_", " "), *figures)
    return table
