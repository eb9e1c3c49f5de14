"""What the words of a command line name: ``flights weather airports 2013-01 2013-03``."""

from ontime import lake
from ontime.months import months_between


def named_partitions(words: list[str]) -> dict[str, list[str]]:
    """Datasets, then for the monthly ones the first month and perhaps the last, to each dataset's partitions.

    Raises ``ValueError``, which says what is wrong with the words.
    """
    datasets = [word for word in words if word in lake.DATASETS]
    others = [word for word in words if word not in lake.DATASETS]
    monthly = [dataset for dataset in datasets if dataset in lake.MONTHLY]
    if not datasets:
        raise ValueError(f"{' '.join(words) or 'Nothing'} names no dataset: name some of {', '.join(lake.DATASETS)}")
    if len(others) > 2:
        raise ValueError(f"Not a dataset, and more than two months: {' '.join(others)}")
    months = months_between(others[0], others[-1]) if others else []
    if months and not monthly:
        raise ValueError(f"{' and '.join(datasets)}: one table each, without months")
    if monthly and not months:
        raise ValueError(f"{' and '.join(monthly)} come by month: name one, or the first and the last, as YYYY-MM")
    return {dataset: months if dataset in lake.MONTHLY else [lake.ALL] for dataset in datasets}
