"""What a world says about itself, and that a copy of it is the same."""

import shutil

import pytest

from incidents.engine.incident import incident
from incidents.engine.prove import Answer
from incidents.engine.world import Facts, World


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / "world"
    versions = folder / "data" / "warehouse" / "versions"
    (versions / "ontime").mkdir(parents=True)
    (versions / "ontime" / "000002-abcdef01.duckdb").write_bytes(b"rows")
    (versions / "ontime.json").write_text('{"highest_number": 3, "rejected": {"000003-12345678": "digest"}}')
    (folder / "data" / "warehouse" / "ontime.duckdb").symlink_to("versions/ontime/000002-abcdef01.duckdb")
    raw = folder / "data" / "raw" / "flights" / "2013-03"
    raw.mkdir(parents=True)
    (raw / "manifest.json").write_text(f'{{"source": "{folder}"}}')
    (raw / "000001.csv").write_text("rows\n")
    (folder / "data" / "dbt").mkdir()
    (folder / "data" / "dbt" / "manifest.json").write_text("parsed")
    world = World(incident("boston"), folder, tmp_path)
    world.remember(Facts(commits=["a" * 40, "b" * 40, "c" * 40], faulty="000003-12345678"))
    return world


def test_versions_are_read_without_the_product(world):
    assert world.version == "000002-abcdef01"
    assert world.rolled_back == ["000003-12345678"]
    assert not world.has_candidate


def test_a_copy_has_the_same_digests_and_a_changed_file_another_one(world, tmp_path):
    folder = shutil.copytree(world.folder, tmp_path / "copy", symlinks=True)
    (folder / "data" / "raw" / "flights" / "2013-03" / "manifest.json").write_text(f'{{"source": "{folder}"}}')
    copy = World(world.incident, folder, tmp_path)
    before = world.data_digests()
    assert copy.data_digests() == before
    assert before["warehouse/ontime.duckdb"] == "versions/ontime/000002-abcdef01.duckdb"
    assert not any(name.startswith("dbt/") for name in before)
    (folder / "data" / "raw" / "flights" / "2013-03" / "000001.csv").write_text("other rows\n")
    now = copy.data_digests()
    assert [name for name in now if now[name] != before[name]] == ["raw/flights/2013-03/000001.csv"]


def test_a_number_in_a_diagnosis_stands_for_a_commit(world):
    answer = Answer("", "", {"first_bad_commit": "{2}", "months": ["2013-03"], "rows_affected": 7, "cause": "{9}"})
    assert answer.diagnosis_text(world) == (
        f'first_bad_commit = "{"b" * 40}"\nmonths = ["2013-03"]\nrows_affected = 7\ncause = "{{9}}"\n'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "diagnosis.toml is missing"), ("cause = ", "diagnosis.toml cannot be read: Invalid value")],
)
def test_a_diagnosis_that_cannot_be_read_is_one_sentence(world, text, sentence):
    world.diagnosis_text = text
    with pytest.raises(AssertionError, match=sentence):
        _ = world.diagnosis


def test_a_wrong_answer_takes_from_the_solution_what_it_lacks(tmp_path):
    solution = Answer("patch", "incident run", {"cause": "a", "rows_affected": 7})
    (tmp_path / "diagnosis.toml").write_text("# fails test_rows: why\nrows_affected = 8\n")
    assert Answer.of(tmp_path, solution) == Answer("patch", "incident run", {"cause": "a", "rows_affected": 8})
    (tmp_path / "repair.patch").write_text("")
    assert Answer.of(tmp_path, solution).patch == ""
    (tmp_path / "on_top.patch").write_text("more")
    later = Answer.of(tmp_path, solution)
    assert (later.patch, later.commands, later.before) == ("more", "", solution)
    assert later.done == ("patch", "incident run", "more", "")
