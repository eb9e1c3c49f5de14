"""What an incident's folder says: complete, valid, and a ticket that gives nothing away."""

import re
import tomllib

import pytest
from pydantic import ValidationError

from incidents.engine.incident import PHASES, Incident, UnknownIncident, incident, incidents
from incidents.engine.prove import Answer
from incidents.engine.repository import apply_commits, clone, copy_of_the_code
from ontime.settings import PROJECT_DIR

NAMES = sorted(path.parent.name for path in (PROJECT_DIR / "incidents").glob("*/ticket.md"))
#: Words of a cause that every text may have.
COMMON = {
    *("the", "and", "are", "was", "that", "this", "with", "from", "into", "for", "not", "its", "their", "has", "have"),
    *("flights", "flight", "month", "months", "airport", "airports", "publisher", "rows", "were", "march", "only"),
    *("another", "which", "destinations", "wrong", "long", "right", "table", "each", "real", "airlines"),
}


def changed_files(patch: str) -> list[str]:
    return re.findall(r"^\+\+\+ b/(.*)$", patch, re.MULTILINE)


def test_every_folder_with_a_ticket_is_an_incident_in_the_order_of_the_phases():
    assert sorted(incidents()) == NAMES
    places = [(PHASES.index(one.phase), one.order) for one in incidents().values()]
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_an_incident_is_complete(name):
    one = incident(name)
    assert one.ticket.startswith(f"# {one.title}\n")
    assert one.cause in one.causes
    assert 3 <= len(one.patches) <= 6
    assert one.bad <= len(one.patches)
    assert Answer.of(one.solution).diagnosis.keys() >= {
        "first_bad_commit",
        "dataset",
        "months",
        "rows_affected",
        "cause",
    }
    assert set(Answer.of(one.solution).diagnosis) == set(tomllib.loads(one.diagnosis_form()))
    assert len(one.wrong_answers) >= 2
    checks = (one.folder / "check.py").read_text("utf-8")
    checks += (PROJECT_DIR / "incidents" / "engine" / "stages.py").read_text("utf-8")
    for check in one.wrong_answers.values():
        assert f"def {check}(" in checks


@pytest.mark.parametrize("name", NAMES)
def test_the_ticket_names_neither_the_cause_nor_the_guilty_file(name):
    one = incident(name)
    ticket = one.ticket.lower()
    if one.bad:
        for file in changed_files(one.patches[one.bad - 1].read_text("utf-8")):
            assert file.lower() not in ticket
            assert file.rpartition("/")[2].lower() not in ticket
    words = {word for word in re.findall(r"[a-z_]{4,}", one.causes[one.cause].lower()) if word not in COMMON}
    said = words & set(re.findall(r"[a-z_]+", ticket))
    assert len(said) <= len(words) / 2, f"the ticket says {said}"


@pytest.mark.parametrize("name", NAMES)
def test_a_harmless_commit_leaves_what_is_protected(name):
    one = incident(name)
    for number, patch in enumerate(one.patches, start=1):
        files = changed_files(patch.read_text("utf-8"))
        assert files, patch
        if number != one.bad:
            assert [file for file in files if file.startswith(tuple(one.protected))] == []


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    return copy_of_the_code(tmp_path_factory.mktemp("code"))


@pytest.mark.parametrize("name", NAMES)
def test_the_commits_apply_to_the_code_as_it_is(name, code, tmp_path):
    one = incident(name)
    copy = clone(code, tmp_path / "clone")
    commits = apply_commits(copy, one.branch, one.patches)
    assert len(commits) == len(one.patches)


def test_an_unknown_name_lists_the_incidents():
    with pytest.raises(UnknownIncident, match=r"There is no incident “bosten”\. Did you mean boston\?"):
        incident("bosten")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({"phase": "portfolio"}, "phase", id="a phase that has no incidents"),
        pytest.param({"hints": ["one"]}, "hints", id="one hint"),
        pytest.param({"months": []}, "months", id="nothing was healthy"),
        pytest.param({"causes": {"a": "b"}}, "causes", id="nothing to choose from"),
        pytest.param({"steps": ["check raws"]}, "steps", id="a step that the chain does not have"),
        pytest.param({"hint": "x"}, "hint", id="a misspelled name"),
    ],
)
def test_a_bad_description_is_refused(values, reason):
    with pytest.raises(ValidationError, match=reason):
        Incident(**{**incident("boston").model_dump(), **values})


def test_the_steps_after_the_preparation_need_a_candidate():
    one = incident("boston")
    assert one.first_steps == ["download", "check raw", "clean", "check clean", "prepare"]
    assert one.last_steps(has_candidate=True) == ["build", "check marts", "publish"]
    assert one.last_steps(has_candidate=False) == []
    assert one.commands(["check raw"]) == [
        [
            "check",
            "raw",
            "airports",
            "airlines",
            "aircraft",
            "weather",
            "flights",
            "--from",
            "2013-01",
            "--to",
            "2013-03",
        ]
    ]
