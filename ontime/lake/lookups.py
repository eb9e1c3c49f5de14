"""The values that cleaning looks up in other clean tables and in seeds, and the partitions that are stale.

A contract declares the lookups of its job. A commit stores the looked-up values in ``_lookups.json``. A partition is
*stale* if one of its rows uses a value that has changed since: when an airport's time zone is corrected, exactly the
months with a flight at that airport become stale. If a stale month were published, it would contradict the airports
that are published with it.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from ontime import digests
from ontime.contract import ALL, Lookup
from ontime.datasets import DATASETS
from ontime.lake.manifest import CleanPartition, clean_partition, clean_partitions
from ontime.lake.places import command
from ontime.lake.raw import MissingPartition
from ontime.settings import settings

#: By the name of the lookup: the value of each key. The value is None if only the key matters.
Lookups = dict[str, dict[str, str | None]]
FILE = "_lookups.json"


@dataclass(frozen=True)
class Stale:
    """A partition that was cleaned with values that differ from those in the lake now.

    ``lookup`` names the first lookup that has changed; ``keys`` are its changed keys that occur in the rows (for
    weather: the value, an airport, instead of the key).
    """

    dataset: str
    partition: str
    lookup: str
    keys: tuple[str, ...]


def current_lookups(dataset: str) -> Lookups:
    """The values that a cleaning of the dataset would look up now: keyword arguments of its job's ``clean``.

    Raises :class:`MissingPartition` if a table that the cleaning needs is not clean yet, and
    :class:`ontime.lake.DamagedPartition` if such a table is damaged.
    """
    contract = DATASETS[dataset]
    tables = [source for source in contract.lookup_sources if source in DATASETS]
    if any(clean_partition(table, ALL) is None for table in tables):
        raise MissingPartition(
            f"{dataset.capitalize()} need clean {' and '.join(tables)}: run the {DATASETS[tables[0]].dag} DAG, or "
            f"`ontime clean {' '.join(tables)}`, first."
        )
    return {
        name: {key: value for part in parts for key, value in _values(part)} for name, parts in contract.lookups.items()
    }


def digests_of(lookups: Lookups) -> dict[str, str]:
    """A digest of each lookup."""
    return {name: digests.of_values(values) for name, values in lookups.items()}


def stale(dataset: str) -> list[Stale]:
    """The partitions of a dataset that were cleaned with values that differ from those in the lake now.

    Partitions that earlier code committed without their lookups are left out. Raises what :func:`current_lookups`
    raises.
    """
    judged = [partition for partition in clean_partitions(dataset) if partition.lookups_sha256]
    now = current_lookups(dataset) if judged else {}
    return [stale_one for partition in judged if (stale_one := is_stale(partition, now))]


def is_stale(partition: CleanPartition, now: Lookups) -> Stale | None:
    """What makes a partition stale; None if every value that its rows use is the same in ``now``.

    Raises :class:`ontime.lake.DamagedPartition` if the rows must be searched, but the files have changed since the
    commit.
    """
    sha256 = digests_of(now)
    changed = [name for name in sha256 if partition.lookups_sha256.get(name) != sha256[name]]
    if not partition.lookups_sha256 or not changed:
        return None
    before = _kept(partition.verified())
    for name in changed:
        old, new = before.get(name, {}), now[name]
        keys = {key for key in old.keys() | new.keys() if key not in old or key not in new or old[key] != new[key]}
        # The clean rows of weather have the value (airport) instead of the key (station).
        texts = keys | {value for key in keys if (value := old.get(key))}
        if used := _texts_among(partition.path.resolve(), texts):
            return Stale(partition.dataset, partition.partition, name, tuple(sorted(used)))
    return None


def stale_reasons() -> list[str]:
    """For each dataset with stale partitions, a text: the partitions, the changed values, and the commands to run."""
    return [_reason(dataset, stale_ones) for dataset in DATASETS if (stale_ones := stale(dataset))]


def _reason(dataset: str, stale_ones: list[Stale]) -> str:
    keys: dict[str, set[str]] = {}
    for partition in stale_ones:
        keys.setdefault(partition.lookup, set()).update(partition.keys)
    changes = "; ".join(f"{name.replace('_', ' ')}: {_some(sorted(keys[name]))}" for name in keys)
    months = [partition.partition for partition in stale_ones]
    return (
        f"{dataset} of {', '.join(months)} must be cleaned again, because values that were used for it have changed "
        f"({changes}): `{command('clean', dataset, months)}`, then `{command('check clean', dataset, months)}`"
    )


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")


def _values(part: Lookup) -> Iterator[tuple[str, str | None]]:
    """The keys and values of one source: a clean table or a seed."""
    for row in _rows(part):
        yield row[part.key], row[part.value] if part.value else None


def _rows(part: Lookup) -> list[Mapping[str, str]]:
    if part.source not in DATASETS:
        with settings.seed(part.source).open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
    columns = [part.key, *([part.value] if part.value else [])]
    parquet = [
        file for table in clean_partitions(part.source) for file in table.verified().path.resolve().glob("*.parquet")
    ]
    return [row for file in sorted(parquet) for row in pa.parquet.ParquetFile(file).read(columns).to_pylist()]


def _kept(partition: CleanPartition) -> Lookups:
    """The lookups stored with a commit; empty if the file is lost or damaged: then every value counts as changed."""
    try:
        kept = json.loads((partition.path / FILE).read_bytes())
        return kept if digests_of(kept) == partition.lookups_sha256 else {}
    except (OSError, ValueError, AttributeError):
        return {}


def _texts_among(version: Path, texts: set[str]) -> set[str]:
    """The ``texts`` that occur as a whole cell in a clean or quarantined row of a commit."""
    wanted = pa.array(sorted(texts), pa.string())
    values: set[str] = set()
    for path in version.rglob("*.parquet"):
        file = pa.parquet.ParquetFile(path)
        names = [field.name for field in file.schema_arrow if field.type == pa.string()]
        for name in names if texts else []:
            column = file.read([name]).column(0)
            values |= set(column.filter(pa.compute.is_in(column, wanted)).unique().to_pylist())
    return values
