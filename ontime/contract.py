"""The classes of a dataset contract. Each module in ``ontime/datasets/`` declares one contract.

Other packages derive from it: Spark its final select, Great Expectations the columns and ranges that it checks, the
benchmark its columns, and the tests their good data. A test compares the dbt sources with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow

#: The partition of a dataset that is one table without months.
ALL = "all"

#: Arrow's names of the types that a clean column can have.
ColumnType = Literal[
    "string",
    "int32",
    "double",
    "bool",
    "date32[day]",
    "timestamp[us]",
    "timestamp[us, tz=UTC]",
    "list<string>",
]


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest value of a column, in its unit, both included; None leaves that side open.

    With a ``share`` of 1 every value must lie within the bounds: Spark rejects the row or clears the value. With a
    smaller share Spark keeps values outside the bounds, and the gate fails if fewer than this share lie within.
    ``source`` says where the figures come from.
    """

    low: float | None
    high: float | Literal["this year"] | None
    source: str
    share: float = 1.0


@dataclass(frozen=True)
class Column:
    """One column of a clean table.

    ``required`` columns hold a value in every row. ``pattern`` is a regular expression that every value matches as a
    whole.
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    required: bool = False
    bounds: Bounds | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class PackageFile:
    """A file inside an installed Python package: ``path`` is relative to the package, and may be a zip of one file.

    A monthly dataset is split into partitions by ``month_columns``: the file's columns of year and month, or one column
    of dates or local times, which have the ``month_format`` (of ``datetime.strptime``). ``extra`` names the
    optional extra of Ontime that installs the package; it is empty if `make install` installs it.
    """

    package: str
    path: str
    month_columns: tuple[str, ...] | None = None
    month_format: str = ""
    extra: str = ""


@dataclass(frozen=True)
class Lookup:
    """One source of a lookup: the value of each key, or only the keys if ``value`` is None.

    ``source`` is a dataset without months that the contract ``needs``, or a seed of the dbt project. ``key`` and
    ``value`` are columns of the source.
    """

    source: str
    key: str
    value: str | None = None


@dataclass(frozen=True)
class Dataset:
    """One dataset, from the publishers' files to the clean table.

    ``formats`` maps each publisher's format to the columns of its files, in order. ``key`` names the clean columns that
    identify a row. ``needs`` names the datasets that must be loaded before this one is published (a monthly one: for
    the same months). ``embedded`` is the copy that ships inside a package, ``live`` the fetcher of the public source
    (``module:name``, see :class:`ontime.sources.base.Fetcher`). ``dag`` is the Airflow DAG that ingests it; datasets
    of one DAG are cleaned in one Spark session. ``lookups`` declares the arguments of the job's ``clean`` by name: each
    maps the keys of its sources to their values, and a later source overrides an earlier one. A partition must be
    cleaned again when a value that its rows use has changed.
    """

    name: str
    title: str
    source: str
    license: str
    cadence: Literal["month", "once"]
    formats: Mapping[str, Sequence[str]]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    dag: str
    needs: tuple[str, ...] = ()
    lookups: Mapping[str, tuple[Lookup, ...]] = field(default_factory=dict)
    embedded: PackageFile | None = None
    live: str | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.key if name not in self.column_names]
        if unknown:
            raise ValueError(f"The key of {self.name} has {', '.join(unknown)}, which is not one of its columns.")

    @property
    def lookup_sources(self) -> tuple[str, ...]:
        """The datasets and seeds from which the dataset's cleaning looks up values."""
        return tuple(dict.fromkeys(part.source for parts in self.lookups.values() for part in parts))

    @property
    def is_monthly(self) -> bool:
        return self.cadence == "month"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The clean columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The clean columns that hold a value in every row."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def bounded_columns(self) -> dict[str, Bounds]:
        """The clean columns with bounds."""
        return {column.name: column.bounds for column in self.columns if column.bounds}

    def column(self, name: str) -> Column:
        """One clean column. Raises ``KeyError`` for an unknown name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no clean column {name}")

    def partitions(self, months: Sequence[str]) -> list[str]:
        """The partitions of a range of months: one per month, or the single partition of a table without months."""
        return list(months) if self.is_monthly else [ALL]

    def arrow_schema(self) -> "pyarrow.Schema":
        """The schema of the clean Parquet files."""
        import pyarrow as pa

        types = {
            "double": pa.float64(),
            "timestamp[us]": pa.timestamp("us"),
            "timestamp[us, tz=UTC]": pa.timestamp("us", tz="UTC"),
            "list<string>": pa.list_(pa.string()),
        }
        return pa.schema(
            [(column.name, types.get(column.type) or pa.type_for_alias(column.type)) for column in self.columns]
        )
