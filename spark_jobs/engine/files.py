"""Raw files as Spark rows, and Spark rows as Parquet files."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
from pyspark.sql import DataFrame, SparkSession

from ontime import files, lake
from ontime.contract import Dataset
from ontime.lake.lines import as_text, dialect_of, read_lines
from spark_jobs.engine.raw_columns import MALFORMED_LINE, raw_schema
from spark_jobs.engine.rules import raw_name

#: The name that we give to the empty last cell of a publisher whose lines end with a comma.
NAMELESS = "nameless"
#: The most rows of a task: more would need more memory, or spill to disk. Small batches get few tasks: it is faster.
ROWS_PER_TASK = 500_000
#: Unreadable lines that are held in memory before they are written; a line can have megabytes.
LINES_PER_WRITE = 100


def read_raw(spark: SparkSession, raw_files: Sequence[lake.RawFile], header: Sequence[str], folder: Path) -> DataFrame:
    """The rows of raw files that share a header, with their partition; one task has all rows of a partition.

    ``folder`` is a new folder for links to the files. Each link lies in a folder named after its partition, which Spark
    turns into a column: extracting the partition from the file's path in every row takes longer than parsing the row.
    A file with unreadable lines is copied without these lines, which are added as rows that have only
    ``malformed_line``.
    """
    readable, unreadable = folder / "readable", folder / "unreadable"
    for raw in raw_files:
        link = readable / f"partition={raw.partition}" / raw.file_name
        if raw.unreadable_rows == 0:
            files.point_link(link, raw.path)
        else:
            _split_lines(raw.path, link.with_name("lines.csv"), unreadable / link.parent.name / "lines.parquet")
    dialect = dialect_of(raw_files[0].path)
    schema = raw_schema(name or NAMELESS for name in header).add("partition", "string")
    rows = spark.read.schema(schema).csv(
        _pattern(readable),
        header=True,
        sep=dialect.separator,
        quote=dialect.quote,
        escape=dialect.quote,  # RFC 4180: a quote within quotes is doubled, and a backslash is only a backslash
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=MALFORMED_LINE,
        nullValue="NA",
        emptyValue="NA",  # BTS writes "" for a missing value
    )
    if unreadable.exists():
        rows = rows.union(spark.read.schema(schema).parquet(_pattern(unreadable)))
    row_count = sum(raw.row_count for raw in raw_files)
    tasks = max(spark.sparkContext.defaultParallelism, row_count // ROWS_PER_TASK)
    return rows.drop(NAMELESS).repartition(min(tasks, len(raw_files)), "partition")


def _split_lines(path: Path, readable: Path, unreadable: Path) -> None:
    """Copy a raw file's readable lines unchanged to one file, and write the others as text to a Parquet file."""
    for target in (readable, unreadable):
        target.parent.mkdir(parents=True)
    schema = pyarrow.schema([(MALFORMED_LINE, pyarrow.string())])
    with readable.open("wb") as copy, pyarrow.parquet.ParquetWriter(unreadable, schema) as writer:
        texts: list[str] = []

        def write() -> None:
            writer.write_table(pyarrow.table({MALFORMED_LINE: texts}, schema=schema))
            texts.clear()

        for line in read_lines(path):
            if not line.problem:
                copy.write(line.content if line.content.endswith(b"\n") else line.content + b"\n")
                continue
            texts.append(as_text(line.content))
            if len(texts) == LINES_PER_WRITE:
                write()
        write()


def write_clean(rows: DataFrame, contract: Dataset, folder: Path) -> None:
    """Write clean rows as one Parquet file per partition, sorted by the contract's key."""
    _write(rows, contract.key, folder)


def write_quarantine(rows: DataFrame, header: Sequence[str], folder: Path) -> None:
    """Write rejected rows as one Parquet file per partition, sorted by the publisher's columns."""
    _write(rows, [f"`{raw_name(name)}`" for name in header if name], folder)


def parquet_files(folder: Path, partition: str) -> list[Path]:
    """The Parquet files of a partition in a folder that :func:`write_clean` or :func:`write_quarantine` wrote."""
    return sorted((folder / f"partition={partition}").glob("*.parquet"))


def count_rows(folder: Path, partition: str) -> int:
    """The number of rows in a partition's Parquet files."""
    return sum(pyarrow.parquet.read_metadata(file).num_rows for file in parquet_files(folder, partition))


def count_reasons(folder: Path, partition: str) -> dict[str, int]:
    """The number of rejected rows by reason, in alphabetical order."""
    reasons: Counter[str] = Counter()
    for file in parquet_files(folder, partition):
        reasons.update(pyarrow.parquet.ParquetFile(file).read(["reason"])["reason"].to_pylist())
    return dict(sorted(reasons.items()))


def _write(rows: DataFrame, order: Sequence[str], folder: Path) -> None:
    rows.sortWithinPartitions(*order).write.partitionBy("partition").parquet(_url(folder))


def _url(folder: Path) -> str:
    """A folder's address for Spark to write to. Not ``Path.as_uri``: Spark does not decode its ``%20`` for a blank."""
    return f"file://{folder.absolute()}"


def _pattern(folder: Path) -> str:
    """A folder's address for Spark to read from. Spark takes it as a pattern, so wildcards in it get a backslash."""
    return re.sub(r"([][{}*?\\])", r"\\\1", _url(folder))
