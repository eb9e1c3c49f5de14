"""The dataset contracts: one module per dataset, each with one ``DATASET``.

Adding a module to this folder adds a dataset; nothing else lists their names.
"""

import pkgutil
from importlib import import_module

from ontime.contract import Dataset


def _contracts() -> dict[str, Dataset]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    datasets = {name: import_module(f"{__name__}.{name}").DATASET for name in names}
    for name, dataset in datasets.items():
        unknown = ", ".join(sorted(set(dataset.needs) - datasets.keys()))
        if dataset.name != name or unknown:
            raise ValueError(
                f"ontime/datasets/{name}.py declares the dataset {dataset.name}"
                + (f", which needs {unknown}: there is no such dataset" if unknown else "")
            )
    return datasets


#: Every declared dataset, by name.
DATASETS = _contracts()
#: The names of those that come by month.
MONTHLY = tuple(name for name, dataset in DATASETS.items() if dataset.is_monthly)
