"""docs/learn: every link leads somewhere, every lab has its place, the numbers are true."""

import re

import pytest

from incidents.engine.incident import incidents
from labs.engine.lab import labs
from labs.engine.years import real_year
from ontime.settings import PROJECT_DIR

LEARN = PROJECT_DIR / "docs" / "learn"
PAGES = sorted(path.name for path in LEARN.glob("*.md"))
PHASES = ("foundation", "intermediate", "advanced", "portfolio")
#: The pages that may link to other places: the list of readings, and the one that has to name its source and licence.
WITH_OUTSIDE_LINKS = {"reading.md", "pedestrians.md"}
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def links(page: str) -> list[str]:
    return LINK.findall((LEARN / page).read_text("utf-8"))


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(page: str) -> list[str]:
    wrong = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (LEARN / path).resolve() if path else LEARN / page
        is_missing = not target.exists()
        if is_missing or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES)
def test_links_into_the_project_lead_somewhere(page):
    assert broken(page) == []


@pytest.mark.parametrize("link", ["nowhere.md", "reading.md#nowhere", "#nowhere", "../../nowhere/page.md"])
def test_a_broken_link_is_noticed(tmp_path, monkeypatch, link):
    (tmp_path / "page.md").write_text(f"# A page\n\nSee [this]({link}).\n")
    (tmp_path / "reading.md").write_text("# Reading list\n")
    monkeypatch.setattr("tests.test_learn.LEARN", tmp_path)
    assert broken("page.md") == [link]


@pytest.mark.parametrize("page", sorted({*PAGES} - WITH_OUTSIDE_LINKS))
def test_links_to_other_places_are_in_the_reading_list(page):
    assert [link for link in links(page) if "://" in link] == []


def test_links_of_the_reading_list_are_encrypted():
    assert all(link.startswith("https://") for link in links("reading.md"))


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_has_exactly_its_labs(phase):
    text = (LEARN / f"{phase}.md").read_text("utf-8")
    entries = re.findall(r"^- \*\*Labs?\*\*: (.*?)(?=^- |^$)", text, re.MULTILINE | re.DOTALL)
    named = [name for entry in entries for name in re.findall(r"`(\w+)`", entry) if name in labs()]
    assert sorted(named) == sorted(lab.name for lab in labs().values() if lab.phase == phase)


@pytest.mark.parametrize("page", sorted({*PAGES} - {"leaks.md", "make-it-yours.md", "pedestrians.md"}))
def test_files_and_folders_in_the_text_exist(page):
    text = (LEARN / page).read_text("utf-8")
    paths = [path for path in re.findall(r"`([\w./]+)`", text) if "/" in path and not path.startswith("answers/")]
    assert [path for path in paths if not (PROJECT_DIR / path).exists()] == []


@pytest.mark.parametrize("phase", PHASES)
def test_every_skill_says_for_what_where_lab_reading_and_how_to_show_it(phase):
    _, *skills = re.split(r"^## ", (LEARN / f"{phase}.md").read_text("utf-8"), flags=re.MULTILINE)
    for skill in skills:
        parts = [name.rstrip("s") for name in re.findall(r"^- \*\*(.*?)\*\*:", skill, re.MULTILINE)]
        assert [part for part in parts if part != "Incident"] == ["For", "Here", "Lab", "Read", "Show it"]
        assert parts.index("Read") == parts.index("Lab") + (2 if "Incident" in parts else 1), skill.splitlines()[0]


def test_the_phases_name_every_incident_once():
    texts = [(LEARN / f"{phase}.md").read_text("utf-8") for phase in PHASES]
    entries = [
        entry
        for text in texts
        for entry in re.findall(r"^- \*\*Incidents?\*\*: (.*?)(?=^- |^$)", text, re.MULTILINE | re.DOTALL)
    ]
    assert sorted(name for entry in entries for name in re.findall(r"`(\w+)`", entry)) == sorted(incidents())


def test_the_path_names_every_lab():
    rows = re.findall(
        r"^\| \[(\w+)\]\(\w+\.md\) \|.*\| (.*) \|$", (LEARN / "README.md").read_text("utf-8"), re.MULTILINE
    )
    named = {phase.lower(): sorted(names.split(", ")) for phase, names in rows}
    assert named == {phase: sorted(lab.name for lab in labs().values() if lab.phase == phase) for phase in PHASES}


def test_shares_of_late_flights_are_those_of_the_year():
    flights = real_year().flights
    late = (flights["arr_delay"] >= 15).sum()
    of_arrivals, of_all = late / flights["arr_delay"].notna().sum(), late / len(flights)
    text = (LEARN / "from-frontend-to-data.md").read_text("utf-8")
    assert f"{of_all:.1%} late instead of {of_arrivals:.1%}".replace("%", " %") in text
