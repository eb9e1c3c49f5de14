"""What every cleaning job keeps: its contract's formats, columns and required values."""

import importlib

import pytest
from pyspark.sql.pandas.types import from_arrow_schema

from ontime.datasets import DATASETS
from spark_jobs.engine.raw_columns import raw_schema
from tests.spark_jobs import raw_rows

FORMATS = [(name, format_) for name, dataset in DATASETS.items() for format_ in dataset.formats]
GOOD_ROWS = {
    # dataset: (a good row, the text that makes its key unique, partition)
    "aircraft": (raw_rows.aircraft(), "tailnum", "all"),
    "airlines": (raw_rows.airline(), "carrier", "all"),
    "airports": (raw_rows.airport(), "faa", "all"),
    "flights": (raw_rows.flight(), "flight", "2013-06"),
    "weather": (raw_rows.weather_hour(), "origin", "2013-01"),
}


def job_of(dataset):
    return importlib.import_module(f"spark_jobs.{dataset}")


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_job_maps_every_format_to_the_same_names(dataset):
    mappings = job_of(dataset).MAPPINGS
    assert mappings.keys() == DATASETS[dataset].formats.keys()


@pytest.mark.parametrize(("dataset", "format_"), FORMATS)
def test_columns_and_types_are_the_contracts(spark, dataset, format_):
    """The expected Spark types come from Arrow's own conversion, not from our table of types."""
    contract = DATASETS[dataset]
    empty = spark.createDataFrame([], raw_schema(contract.formats[format_]).add("partition", "string"))
    good, bad = job_of(dataset).clean(empty, **raw_rows.LOOKUPS.get(dataset, {}))
    expected = from_arrow_schema(contract.arrow_schema(), prefer_timestamp_ntz=True)
    assert good.dtypes == [(field.name, field.dataType.simpleString()) for field in expected] + [
        ("partition", "string")
    ]
    published = [f"raw_{name}" for name in contract.formats[format_]]
    assert bad.columns == [*published, "malformed_line", "reason", "partition"]


@pytest.mark.parametrize("dataset", GOOD_ROWS)
def test_a_clean_row_has_all_required_values(cleaned, dataset):
    """Each row lacks one text; whatever is not rejected must still be complete."""
    row, key_text, partition = GOOD_ROWS[dataset]
    rows = [row | {key_text: str(100 + number), name: None} for number, name in enumerate(row)]
    lookups = raw_rows.LOOKUPS.get(dataset, {})
    good, bad = cleaned(job_of(dataset), [row, *rows], partition, **lookups)
    assert len(good) + len(bad) == 1 + len(rows)
    assert len(good) > 1 or len(row) == 2
    for clean_row in good:
        assert [name for name in DATASETS[dataset].required_columns if clean_row[name] is None] == []
