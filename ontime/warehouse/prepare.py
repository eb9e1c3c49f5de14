"""Prepares the warehouse candidate: decides whether to build, and what the build starts from.

A candidate starts as a copy of the published version, and dbt rebuilds only the months that have changed since
(:mod:`ontime.warehouse.changes`). It starts empty, and all months are built, when nothing is published yet or when
something has changed that every row depends on.
"""

import shutil
from pathlib import Path

import duckdb

from ontime import digests, files, lake, locks
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.warehouse import candidate, changes, own_models, proof, versions, withdrawn
from ontime.warehouse.records import WAREHOUSE, DamagedVersion, Version, current, current_name

#: If a larger share of the published file is free space, the file is rewritten instead of copied.
FREE_SHARE_AT_MOST = 0.25


def prepare_candidate(full: bool = False) -> bool:
    """Prepare the candidate file in which dbt will build. Returns False when there is nothing to build.

    There is nothing to build while a dataset that another one needs is missing, while a partition has not passed its
    gate or is stale, when the published version was made from exactly what the lake and the dbt project hold, and when
    such a version was rolled back. ``full`` builds all months, whatever has changed.

    Raises :class:`DamagedVersion` if the published file is not the one that was published (not with ``full``),
    :class:`ontime.warehouse.withdrawn.Withdrawn`, and :class:`ontime.locks.Busy` while a build is running.
    """
    with locks.hold(locks.WAREHOUSE, "ontime warehouse prepare"):
        versions.sweep(WAREHOUSE)
        parent, published = current_name(), _published(full)
        withdrawn.check(withdrawn.known_commits(), lake.commits())
        if waiting := _missing():
            print(f"Nothing built yet. Waiting for clean data: {'; '.join(waiting)}.")
            return False
        candidate.refuse_if_in_use()
        snapshot = settings.candidate_inputs_dir
        lake.snapshot(snapshot)
        made_from = _made_from(snapshot)
        withdrawn.check(withdrawn.known_commits(), made_from["commits"])
        if published and not full and (reason := _nothing_to_build(published, made_from["inputs"])):
            print(f"Nothing to build: {reason}")
            return False
        builds_on_published = published and published.lineage.get("foundation") == made_from["foundation"] and not full
        base = published if builds_on_published else None
        before = own_models.unchanged(base.commits, base.lineage) if base else {}
        changed = changes.between(before, made_from["commits"])

        # The record is removed first and written last: a candidate without a record cannot be published.
        candidate.record_path().unlink(missing_ok=True)
        candidate.remove()
        changed.lay_out(snapshot, settings.candidate_changes_dir)
        if base:
            _copy(base.path, settings.warehouse_candidate)
            own_models.drop_changed(settings.warehouse_candidate, base.lineage)
        build_id = proof.new_build_id(settings.candidate_changes_dir)
        files.write_json(candidate.record_path(), made_from | {"parent": parent, "build_id": build_id})
        months = f"{', '.join(changed.months) or 'no month'} on top of {base.version}" if base else "all months"
        print(f"To build in {settings.warehouse_candidate}: {months}. dbt reads {settings.candidate_changes_dir}.")
        return True


def _published(full: bool) -> Version | None:
    """The published version, its file verified. A full build does not use the file, so it may be damaged then."""
    try:
        published = current()
        return published.verified() if published and not full else published
    except DamagedVersion as problem:
        if not full:
            raise
        print(f"{problem} This build replaces it.")
        return None


def _nothing_to_build(published: Version, inputs: str) -> str:
    if published.lineage.get("inputs") == inputs:
        return f"published version {published.version} was made from exactly these inputs."
    if rejected := versions.rejected_version(inputs):
        return (
            f"version {rejected} was made from exactly these inputs and was rolled back. To return to it: ontime "
            f"warehouse rollback {rejected}; to build it again: ontime warehouse prepare --full."
        )
    return ""


def is_settled() -> bool:
    """Whether no build is due: a version made from exactly this lake is published, or was rolled back."""
    published = current()
    return published is not None and bool(_nothing_to_build(published, candidate.inputs_digest()))


def _made_from(snapshot: Path) -> dict:
    """What the candidate is made from. It is stored in the candidate's record, and later as the lineage of the version.

    The foundation is what every row depends on: the dbt project, and the aircraft (``fct_flights.has_aircraft``).
    Models that belong to one dataset are in ``models`` (:mod:`ontime.warehouse.own_models`).
    """
    aircraft = [files.file_sha256(file) for file in sorted((snapshot / "aircraft").glob("*.parquet"))]
    return {
        "inputs": candidate.inputs_digest(snapshot),
        "foundation": digests.of_values([own_models.foundation(), *aircraft]),
        "models": own_models.lineage(),
        "commits": lake.commits(snapshot),
    }


def _copy(published: Path, copy: Path) -> None:
    """Copy a warehouse file; one with much free space, left by deleted rows, is rewritten without it."""
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.execute(f"ATTACH {_quoted(published)} AS published (READ_ONLY)")
        free_share = connection.execute(
            "SELECT free_blocks / total_blocks FROM pragma_database_size() WHERE database_name = 'published'"
        ).fetchall()[0][0]
        if free_share > FREE_SHARE_AT_MOST:
            connection.execute(f"ATTACH {_quoted(copy)} AS candidate")
            connection.execute("COPY FROM DATABASE published TO candidate")
            return
    shutil.copyfile(published, copy)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _missing() -> list[str]:
    """Why no warehouse can be built yet, one text per reason: a dataset or month is missing or stale, or a gate has not
    passed.

    A dataset waits for those it needs. One that has not arrived, and that none of the others needs, is an empty table.
    A stale month (:mod:`ontime.lake.lookups`) would contradict a table that is published with it.
    """
    partitions = {name: lake.clean_partitions(name) for name in DATASETS}
    loaded = {name: {partition.partition for partition in manifests} for name, manifests in partitions.items()}
    # A dataset that another one needs is published together with it, so it is not waited for by itself.
    needed = {name for dataset in DATASETS.values() for name in dataset.needs}
    independent = [name for name in DATASETS if name not in needed]
    arrived = [name for name in independent if loaded[name]]
    if not arrived:
        return [f"{name}: nothing yet" for name in independent]
    missing = []
    for name in arrived:
        for other in DATASETS[name].needs:
            if not loaded[other]:
                missing.append(f"{other}: nothing yet")
            elif DATASETS[other].is_monthly and (months := sorted(loaded[name] - loaded[other])):
                missing.append(f"{other}: not yet for {', '.join(months)}")
    missing += [
        f"{partition.dataset} {partition.partition}: has not passed its gate"
        for manifests in partitions.values()
        for partition in manifests
        if not partition.is_validated
    ]
    return missing or lake.stale_reasons()
