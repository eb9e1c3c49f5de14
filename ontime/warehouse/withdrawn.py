"""Published months that are not in the lake any more: they stop the build, unless somebody dropped them.

``ontime warehouse drop`` removes commits and remembers them in ``warehouse/dropped.json`` until they are cleaned again.
The cleaned files themselves stay in ``clean/.versions``.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ontime import files, lake, locks
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.months import month_after
from ontime.settings import settings
from ontime.warehouse.records import current_name, history


class Withdrawn(ValueError):
    """A published month is not in the lake any more. The message names the month and the commands that help."""


def check(published: Mapping[str, str], committed: Collection[str]) -> None:
    """Raise :class:`Withdrawn` if a published commit is neither in the lake nor dropped.

    Both are named as by :func:`ontime.lake.commits`. Datasets that the project no longer declares are ignored. A
    dropped partition that is in the lake again no longer counts as dropped.
    """
    forgotten = {name for name in _dropped() if name in committed}
    if forgotten:
        _write(_dropped() - forgotten)
    gone = sorted(set(published) - set(committed) - _dropped())
    by_dataset = {name: [part for dataset, part in map(_parts, gone) if dataset == name] for name in DATASETS}
    if not any(by_dataset.values()):
        return
    parts = [
        f"{name}{'' if months == [ALL] else ' ' + _in_words(months)}" for name, months in by_dataset.items() if months
    ]
    name, months = next((name, months) for name, months in by_dataset.items() if months)
    range_ = "" if months == [ALL] else f" --from {months[0]} --to {_last_of_range(months)}"
    raise Withdrawn(
        f"Published, but not in the lake any more: {'; '.join(parts)}. Nothing is built. Clean it again (ontime clean "
        f"{name}{range_}), or take it out of the warehouse as well (ontime warehouse drop {name}{range_})."
    )


def drop(partitions: Mapping[str, Iterable[str]]) -> list[str]:
    """Remove commits from the lake, so that the next build removes them from the warehouse; return their names.

    ``partitions``: by dataset. Raises :class:`LookupError`, and drops nothing, if one is neither in the lake nor
    published; and :class:`ontime.locks.Busy`.
    """
    names = [f"{dataset}/{partition}" for dataset, parts in partitions.items() for partition in parts]
    with locks.hold(locks.WAREHOUSE, "ontime warehouse drop"):
        months = {*lake.commits(), *known_commits()}
        if unknown := [name for name in names if name not in months]:
            raise LookupError(f"Neither in the lake nor published: {', '.join(unknown)}. Nothing was dropped.")
        # Recorded first: if the process is killed in between, the command can be repeated.
        _write(_dropped() | set(names))
        for dataset, partition in map(_parts, names):
            with locks.hold(locks.clean_lock(dataset), "ontime warehouse drop"):
                for folder in (lake.quarantine_partition_dir, lake.clean_partition_dir):
                    link = folder(dataset, partition)
                    if link.is_symlink():
                        link.unlink()
                        files.flush(link.parent)
    return names


def known_commits() -> dict[str, str]:
    """The commits of the current version; if its record was damaged, those of the newest version that has some."""
    now = current_name()
    versions = sorted(history(), key=lambda version: version.version != now) if now else []
    return next((version.commits for version in versions if version.commits), {})


def _parts(name: str) -> tuple[str, str]:
    dataset, partition = name.split("/")
    return dataset, partition


def _last_of_range(months: list[str]) -> str:
    """The last of the consecutive months at the start, so that a command for the range concerns no other month."""
    last = months[0]
    while month_after(last) in months:
        last = month_after(last)
    return last


def _in_words(months: list[str]) -> str:
    return ", ".join(months) if len(months) <= 3 else f"{months[0]} … {months[-1]} ({len(months)} months)"


def _dropped() -> set[str]:
    try:
        return set(json.loads(_path().read_text())["dropped"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return set()


def _write(names: set[str]) -> None:
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    files.write_json(_path(), {"dropped": sorted(names)})


def _path() -> Path:
    return settings.warehouse_dir / "dropped.json"
