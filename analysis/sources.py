"""Where the published data comes from: the datasets of a warehouse, their months, sources and licences."""

from dataclasses import dataclass

from ontime import project, warehouse
from ontime.contract import ALL, Dataset


@dataclass(frozen=True)
class Source:
    """A dataset and its published months (``YYYY-MM``, in order); a table without months has none."""

    dataset: Dataset
    months: tuple[str, ...]


def sources(version: warehouse.Version) -> list[Source]:
    """The datasets in a published warehouse, the project's lead dataset first."""
    months: dict[str, list[str]] = {}
    for commit in sorted(version.commits):
        name, _, partition = commit.partition("/")
        months.setdefault(name, []).extend([partition] if partition != ALL else [])
    datasets = project.read().datasets
    return [Source(datasets[name], tuple(months[name])) for name in datasets if name in months]
