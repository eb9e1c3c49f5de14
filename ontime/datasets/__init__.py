"""The dataset contracts: one module per dataset, each with one ``DATASET``.

Adding a module to this folder adds a dataset; nothing else lists their names.
"""

import pkgutil
from collections.abc import Iterable
from graphlib import TopologicalSorter
from importlib import import_module

from ontime.contract import Dataset


def _contracts() -> dict[str, Dataset]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    datasets: dict[str, Dataset] = {name: import_module(f"{__name__}.{name}").DATASET for name in names}
    for name, dataset in datasets.items():
        unknown = ", ".join(sorted(set(dataset.needs) - datasets.keys()))
        if dataset.name != name or unknown:
            raise ValueError(
                f"ontime/datasets/{name}.py declares the dataset {dataset.name}"
                + (f", which needs {unknown}: there is no such dataset" if unknown else "")
            )
        undeclared = [source for source in dataset.lookup_sources if source in datasets.keys() - {*dataset.needs}]
        if undeclared:
            raise ValueError(
                f"{name} looks up {', '.join(undeclared)}: add it to its needs in ontime/datasets/{name}.py."
            )
    return dict(sorted(datasets.items(), key=lambda item: not item[1].is_monthly))


#: Every declared dataset by name, the monthly ones first.
DATASETS = _contracts()
#: The names of the datasets that are published month by month.
MONTHLY = tuple(name for name, dataset in DATASETS.items() if dataset.is_monthly)


def in_order(names: Iterable[str]) -> list[str]:
    """Sort datasets so that each one comes after the datasets that it needs."""
    wanted = list(names)
    graph = {name: [needed for needed in DATASETS[name].needs if needed in wanted] for name in wanted}
    return list(TopologicalSorter(graph).static_order())


def ingest_dags(*datasets: str) -> tuple[list[str], list[str]]:
    """The Airflow DAGs that ingest datasets and what they need: (DAGs of single tables, DAGs of monthly datasets).

    Run the single tables first, because monthly datasets may be read together with them.
    """
    contracts = [DATASETS[name] for dataset in datasets for name in (*DATASETS[dataset].needs, dataset)]
    once = dict.fromkeys(contract.dag for contract in contracts if not contract.is_monthly)
    monthly = dict.fromkeys(contract.dag for contract in reversed(contracts) if contract.is_monthly)
    return list(once), list(monthly)
