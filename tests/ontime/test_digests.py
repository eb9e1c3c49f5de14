"""A digest changes with what decides a result, and never with prose."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ontime import digests
from ontime.contract import Bounds, Column, Dataset
from ontime.datasets import DATASETS
from ontime.settings import settings

# -- Python --------------------------------------------------------------------------
MODULE = '''"""A module."""

# Where lateness starts.
LATE_MINUTES = 15


def is_late(minutes: int) -> bool:
    """Whether a flight is late."""
    return minutes >= LATE_MINUTES  # inclusive


class Rule:
    """A rule."""

    name = "# no comment"
'''


def edit(text: str, old: str, new: str) -> str:
    assert old in text, f"{old!r} is not in the text to edit"
    return text.replace(old, new)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    file = tmp_path / "rules.py"
    file.write_text(MODULE)
    return file


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("# Where lateness starts.", "# From this delay on, a flight is late.", id="comment"),
        pytest.param("  # inclusive", "", id="comment at the end of a line"),
        pytest.param('"""A module."""\n', "", id="docstring of the module"),
        pytest.param("Whether a flight is late.", "True if late.", id="docstring of a function"),
        pytest.param('    """A rule."""\n\n', "", id="docstring of a class"),
        pytest.param("minutes: int", "\n    minutes: int,\n", id="line breaks"),
        pytest.param('"# no comment"', "'# no comment'", id="quotes"),
    ],
)
def test_prose_and_format_of_python_do_not_count(module, old, new):
    before = digests.of_python([module])
    module.write_text(edit(MODULE, old, new))
    assert digests.of_python([module]) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("15", "16", id="threshold"),
        pytest.param(">=", ">", id="comparison"),
        pytest.param("# no comment", "# a comment", id="string that looks like a comment"),
        pytest.param("LATE_MINUTES", "DELAYED_MINUTES", id="name"),
    ],
)
def test_code_of_python_counts(module, old, new):
    before = digests.of_python([module])
    module.write_text(edit(MODULE, old, new))
    assert digests.of_python([module]) != before


def test_every_module_counts_even_if_two_have_the_same_name(tmp_path):
    modules = [tmp_path / folder / "__init__.py" for folder in ("features", "candidates")]
    for module in modules:
        module.parent.mkdir()
        module.write_text("LIMIT = 1")
    before = digests.of_python(modules)
    for module in modules:
        module.write_text("LIMIT = 2")
        assert digests.of_python(modules) != before
        module.write_text("LIMIT = 1")
    assert digests.of_python(modules) == before


def test_neither_the_place_of_modules_nor_their_order_counts(module, tmp_path):
    (tmp_path / "first.py").write_text("FIRST = 1")
    before = digests.of_python([module, tmp_path / "first.py"])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for file in (module, tmp_path / "first.py"):
        shutil.copy(file, elsewhere)
    assert digests.of_python([elsewhere / "first.py", elsewhere / "rules.py"]) == before


def test_a_file_that_is_not_python_is_an_error(module):
    module.write_text("def")
    with pytest.raises(SyntaxError):
        digests.of_python([module])


# -- contracts -------------------------------------------------------------------------
def with_column(dataset: Dataset, name: str, change: Callable[[Column], Column]) -> Dataset:
    columns = tuple(change(column) if column.name == name else column for column in dataset.columns)
    return dataclasses.replace(dataset, columns=columns)


def with_bounds(dataset: Dataset, **changes: object) -> Dataset:
    def change(column: Column) -> Column:
        assert column.bounds
        return dataclasses.replace(column, bounds=dataclasses.replace(column.bounds, **changes))

    return with_column(dataset, "distance_miles", change)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda flights: dataclasses.replace(flights, title="Flights"), id="title"),
        pytest.param(lambda flights: dataclasses.replace(flights, source="The Bureau"), id="source"),
        pytest.param(lambda flights: dataclasses.replace(flights, license="Public domain"), id="license"),
        pytest.param(
            lambda flights: with_column(
                flights, "distance_miles", lambda column: dataclasses.replace(column, description="How far.")
            ),
            id="description of a column",
        ),
        pytest.param(lambda flights: with_bounds(flights, source="the globe"), id="source of bounds"),
        pytest.param(
            lambda flights: dataclasses.replace(flights, embedded=dataclasses.replace(flights.embedded, extra="more")),
            id="extra that installs the package",
        ),
    ],
)
def test_prose_of_a_contract_does_not_count(change):
    flights = DATASETS["flights"]
    assert change(flights) != flights
    assert digests.of_dataset(change(flights)) == digests.of_dataset(flights)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda flights: with_bounds(flights, high=5999), id="bound"),
        pytest.param(lambda flights: with_bounds(flights, share=0.99), id="share of values within bounds"),
        pytest.param(
            lambda flights: with_column(
                flights, "distance_miles", lambda column: dataclasses.replace(column, bounds=None)
            ),
            id="no bounds",
        ),
        pytest.param(
            lambda flights: with_column(
                flights, "distance_miles", lambda column: dataclasses.replace(column, type="double")
            ),
            id="type",
        ),
        pytest.param(
            lambda flights: with_column(
                flights, "tail_number", lambda column: dataclasses.replace(column, required=True)
            ),
            id="required",
        ),
        pytest.param(
            lambda flights: with_column(
                flights, "airline_code", lambda column: dataclasses.replace(column, pattern="^[A-Z]{2}$")
            ),
            id="pattern",
        ),
        pytest.param(lambda flights: dataclasses.replace(flights, columns=flights.columns[:-1]), id="column removed"),
        pytest.param(lambda flights: dataclasses.replace(flights, columns=flights.columns[::-1]), id="column order"),
        pytest.param(lambda flights: dataclasses.replace(flights, key=flights.key[:-1]), id="key"),
        pytest.param(
            lambda flights: dataclasses.replace(flights, formats={"bts": flights.formats["bts"]}), id="format"
        ),
    ],
)
def test_rules_of_a_contract_count(change):
    flights = DATASETS["flights"]
    assert digests.of_dataset(change(flights)) != digests.of_dataset(flights)


def test_contracts_have_different_digests():
    assert len({digests.of_dataset(dataset) for dataset in DATASETS.values()}) == len(DATASETS)


# -- the dbt project -------------------------------------------------------------------
@pytest.fixture
def project(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("target", "logs")
    return Path(shutil.copytree(settings.dbt_project_dir, tmp_path / "dbt_project", ignore=ignored))


FLIGHTS_SQL, FLIGHTS_YML = "models/marts/fct_flights.sql", "models/marts/fct_flights.yml"
SOURCES, EXPOSURES = "models/staging/lake__sources.yml", "models/exposures.yml"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(FLIGHTS_SQL, "    -- defined like ArrDel15", "    -- like ArrDel15", id="SQL comment"),
        pytest.param(
            FLIGHTS_SQL, "select\n    flights.", "/* all\ncolumns */ select\n    flights.", id="block comment"
        ),
        pytest.param(FLIGHTS_SQL, "select\n    flights.", "-- the airport's\nselect\n    flights.", id="apostrophe"),
        pytest.param(FLIGHTS_SQL, "from flights\n", "\n\nfrom\n        flights\n", id="line breaks of SQL"),
        pytest.param(FLIGHTS_SQL, 'ref("dim_aircraft")', 'ref( "dim_aircraft" )', id="spaces of SQL"),
        pytest.param("macros/incremental.sql", "{#- Delete", "{#- Remove", id="Jinja comment"),
        pytest.param(FLIGHTS_YML, "Airport of departure.", "Where the flight starts.", id="description of a column"),
        pytest.param(FLIGHTS_YML, "One row per scheduled flight.", "Flights.", id="description of a model"),
        pytest.param(FLIGHTS_YML, "# A key starts", "# Each key starts", id="YAML comment"),
        pytest.param(FLIGHTS_YML, "[{type: not_null}]", "[ { type: not_null } ]", id="spaces of YAML"),
        pytest.param(SOURCES, "One row per airline.", "Airlines.", id="description of a source"),
        pytest.param(
            "dbt_project.yml", "# Every layer is a table.", "# All layers are tables.", id="settings' comment"
        ),
        pytest.param("profiles.yml", "# One model at a time", "# Single models", id="comment of the profile"),
        pytest.param(EXPOSURES, "label: Arrival delay model", "label: Model of delays", id="exposure"),
        pytest.param("models/overview.md", "# Ontime's warehouse", "# The warehouse", id="doc block"),
    ],
)
def test_prose_and_format_of_the_dbt_project_do_not_count(project, file, old, new):
    before = digests.of_dbt_project(project)
    (project / file).write_text(edit((project / file).read_text(), old, new))
    assert digests.of_dbt_project(project) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(FLIGHTS_SQL, ">= 15", ">= 16", id="threshold"),
        pytest.param(FLIGHTS_SQL, "    flights.air_time_minutes,\n", "", id="column"),
        pytest.param(FLIGHTS_SQL, 'materialized="incremental"', 'materialized="table"', id="materialization"),
        pytest.param(
            "models/marts/fct_weather_hourly.sql", "'%Y-%m-%dT%HZ'", "'%Y-%m-%d  T%HZ'", id="spaces in a string"
        ),
        pytest.param("models/marts/fct_weather_hourly.sql", "'%Y-%m-%dT%HZ'", "'%Y--%m'", id="dashes in a string"),
        pytest.param(FLIGHTS_SQL, "with flights", '-- {{ ref("dim_dates") }}\nwith flights', id="Jinja in a comment"),
        pytest.param("macros/delay_measures.sql", "median(arrival", "avg(arrival", id="macro"),
        pytest.param("tests/assert_flights_arrive_after_departure.sql", "<= departed", "< departed", id="dbt test"),
        pytest.param(FLIGHTS_YML, "data_type: integer", "data_type: bigint", id="type"),
        pytest.param(FLIGHTS_YML, "unique_by_hash", "unique", id="test of a column"),
        pytest.param(SOURCES, '"year=*/month=*/"', '"year=*/"', id="place of a source"),
        pytest.param("dbt_project.yml", "+materialized: table", "+materialized: view", id="materialization of all"),
        pytest.param("profiles.yml", "TimeZone: UTC", "TimeZone: Europe/Rome", id="time zone"),
        pytest.param("seeds/airport_supplement.csv", "America/St_Thomas", "America/Puerto_Rico", id="seed"),
    ],
)
def test_what_decides_in_the_dbt_project_counts(project, file, old, new):
    before = digests.of_dbt_project(project)
    (project / file).write_text(edit((project / file).read_text(), old, new))
    assert digests.of_dbt_project(project) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda project: (project / "models/new.sql").write_text("select 1 as one"), id="model added"),
        pytest.param(lambda project: (project / FLIGHTS_SQL).unlink(), id="model removed"),
        pytest.param(
            lambda project: (project / FLIGHTS_SQL).rename(project / "models/marts/flights.sql"), id="model renamed"
        ),
    ],
)
def test_every_model_counts(project, change):
    before = digests.of_dbt_project(project)
    change(project)
    assert digests.of_dbt_project(project) != before


def test_files_that_dbt_does_not_read_do_not_count(project):
    before = digests.of_dbt_project(project)
    (project / "models" / ".fct_flights.sql.swp").write_text("an editor's copy")
    (project / "target").mkdir()
    (project / "target" / "compiled.sql").write_text("select 1")
    assert digests.of_dbt_project(project) == before


# -- plain values ------------------------------------------------------------------------
def test_values_without_an_order_are_an_error():
    with pytest.raises(TypeError):
        digests.of_values({"EWR", "JFK"})


def test_the_order_of_a_dictionary_does_not_count():
    assert digests.of_values({"a": 1, "b": 2}) == digests.of_values({"b": 2, "a": 1})
    assert digests.of_values([1, 2]) != digests.of_values([2, 1])


def test_bounds_are_digested_by_their_values():
    column = Column("seat_count", "int32", "Seats.", bounds=Bounds(0, 900, "an Airbus A380 has 853"))
    other = dataclasses.replace(column, bounds=Bounds(0, "this year", "an Airbus A380 has 853"))
    airlines = DATASETS["airlines"]
    first, second = (dataclasses.replace(airlines, columns=(*airlines.columns, item)) for item in (column, other))
    assert digests.of_dataset(first) != digests.of_dataset(second)
