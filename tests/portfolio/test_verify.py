"""The proof: a site as built agrees; one digit, word, cell or file changed by hand is named."""

import json
import re
from random import Random

import pytest

from ontime.settings import settings
from portfolio.verify import NoSite, file_digests, verify
from tests.portfolio.published import made_flights, publish

LATE = "flights.late_share"


def problems() -> list[str]:
    return verify()[0]


def test_a_site_as_built_agrees(site):
    assert problems() == []


def test_every_fact_of_the_record_has_its_value_source_and_version(site):
    record = json.loads((site / "facts.json").read_text())
    assert record["versions"]["warehouse"]["version"] == record["versions"]["warehouse"]["version"]
    assert len(record["versions"]["warehouse"]["sha256"]) == 64
    assert all(fact["sql"] or fact["derivation"] for fact in record["facts"].values())
    assert record["facts"]["flights.flight_count"]["value"] == 4050
    assert {"index.html", "proof.html", "docs/index.html", "assets/site.js"} <= record["files"].keys()


def change(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_digit_changed_in_a_sentence_is_named(site):
    html = (site / "index.html").read_text()
    [text] = set(re.findall(r'data-fact="flights.late_share" value="[\d.]+">([^<]+)<', html))
    change(site / "index.html", f">{text}<", ">99.9 %<")
    assert problems() == [
        f"index.html: flights.late_share reads 99.9 %, computed {text}",
        "index.html was changed: its sha256 is not the recorded one",
    ]


def test_a_digit_changed_in_the_value_that_programs_read_is_named(site):
    change(
        site / "index.html",
        'data-fact="flights.flight_count" value="4050"',
        'data-fact="flights.flight_count" value="4051"',
    )
    assert problems() == [
        "index.html: flights.flight_count has the value 4051, computed 4050",
        "index.html was changed: its sha256 is not the recorded one",
    ]


def test_a_digit_changed_in_a_claim_is_named(site):
    sentence = re.search(r'data-claim="hours">(.*?)</span>', (site / "index.html").read_text())[1]
    change(site / "index.html", sentence, re.sub(r">(\d+)\.\d %<", ">99.9 %<", sentence, count=1))
    assert any(problem.startswith("index.html: hours.best_share reads 99.9 %") for problem in problems())
    assert any(problem.startswith("index.html: the claim hours reads") for problem in problems())


def test_a_word_changed_in_a_claim_is_named(site):
    change(site / "index.html", "Leave early.", "Leave late.")
    assert problems()[0].startswith("index.html: the claim hours reads “Leave late.")


def test_a_cell_changed_in_a_table_is_named(site):
    html = (site / "index.html").read_text()
    row = re.search(r'data-table="hours">.*?<tbody>\s*<tr>(.*?)</tr>', html, flags=re.DOTALL)[1]
    late = re.findall(r"<td>([^<]*)</td>", row)[-1]
    change(site / "index.html", row, row.replace(f"<td>{late}</td>", "<td>0.9999</td>"))
    assert problems()[0] == f"index.html: late_share in row 1 of the table hours reads 0.9999, computed {late}"


SOLVED, WHOLE = "labs.foundation_solved_count", "labs.foundation_lab_count"


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        pytest.param("<td>25</td>", "<td>5</td>", "minutes in row 1 of the table labs reads 5, computed 25", id="cell"),
        pytest.param(f'{SOLVED}" value="1"', f'{SOLVED}" value="5"', f"{SOLVED} has the value 5, computed 1", id="bar"),
        pytest.param(f'{WHOLE}" max="', f'{WHOLE}" max="9', f"{WHOLE} has the value 9", id="whole bar"),
        pytest.param(">1</data> of", ">5</data> of", "labs.solved_count reads 5, computed 1", id="sentence"),
        pytest.param("2026-11-27", "2026-11-07", "solved on in row 1 of the table labs reads 2026-11-07", id="date"),
    ],
)
def test_a_number_of_a_solved_lab_that_is_changed_with_the_digest_of_the_page_is_named(site, before, after, named):
    change(site / "labs.html", before, after)
    record = json.loads((site / "facts.json").read_text())
    (site / "facts.json").write_text(json.dumps(record | {"files": file_digests(site)}))
    assert problems()[0].startswith(f"labs.html: {named}")


def test_an_answer_that_is_changed_after_the_build_no_longer_counts(site, answers_dir):
    (settings.answers_dir / "clock" / "clock.py").write_text("x = 1\n")
    differences = problems()
    assert "facts.json: labs.solved_count is '1', computed '0' (text); 1, computed 0 (value)" in differences
    assert "labs.html: the table labs has 2 rows, computed 1" in differences


def test_a_changed_text_for_people_who_cannot_see_the_chart_is_named(site):
    change(site / "index.html", 'data-alt="hours" alt="', 'data-alt="hours" alt="Nothing to see. ')
    assert problems()[0] == "index.html: the alternative text of hours is not the computed one"


@pytest.mark.parametrize(
    ("alter", "named"),
    [
        (lambda r: r["facts"][LATE].update(value=0.5), "facts.json: flights.late_share is 0.5, computed"),
        (lambda r: r["facts"][LATE].update(text="50.0 %"), "facts.json: flights.late_share is '50.0 %'"),
        (lambda r: r["facts"][LATE].update(sql="SELECT 1"), "facts.json: flights.late_share is 'SELECT 1'"),
        (lambda r: r["facts"].pop(LATE), "facts.json: flights.late_share is None"),
        (lambda r: r["claims"].update(hours="All is well."), "facts.json: hours is 'All is well.'"),
        (lambda r: r["figures"]["hours"].update(rows=1), "facts.json: hours is 1, computed"),
        (lambda r: r["files"].update({"index.html": "0" * 64}), "index.html was changed"),
        (lambda r: r["files"].pop("index.html"), "index.html is not part of the site that was built"),
        (lambda r: r["versions"]["warehouse"].update(version="000009-00000000"), "The site shows 000009-00000000"),
        (lambda r: r["versions"]["warehouse"].update(sha256="0" * 64), "facts.json: warehouse is '000000"),
        (lambda r: r["versions"]["warehouse"].update(published_at="2012"), "facts.json: warehouse is '2012'"),
        (lambda r: r["versions"].pop("monitoring"), "The site shows no version of the monitoring, but 000001-"),
        (lambda r: r["versions"].update(x={"version": "1"}), "The site shows 1 of the x, but no version is"),
        (lambda r: r.pop("facts"), "facts.json is damaged: 'facts'"),
    ],
    ids=["value", "text", "query", "missing fact", "claim", "figure", "digest", "missing file", "version",
         "sha256", "time", "missing version", "version of nothing", "no facts"],
)  # fmt: skip
def test_a_change_in_the_record_is_named(site, alter, named):
    record = json.loads((site / "facts.json").read_text())
    alter(record)
    (site / "facts.json").write_text(json.dumps(record))
    [problem] = problems()
    assert problem.startswith(named)


def digits(text: str) -> list[int]:
    return [position for position, character in enumerate(text) if character in "0123456789"]


def with_another_digit(text: str, position: int, random: Random) -> str:
    digit = random.choice([other for other in "0123456789" if other != text[position]])
    return text[:position] + digit + text[position + 1 :]


@pytest.mark.more
def test_twenty_random_digits_of_pages_and_records_are_each_noticed(site):
    random = Random(20)
    files = sorted([*site.rglob("*.html"), *site.rglob("*.json")])
    for path in [*random.choices(files, k=10), *[site / "facts.json"] * 10]:
        before = path.read_text()
        position = random.choice(digits(before))
        path.write_text(with_another_digit(before, position, random))
        name = path.relative_to(site).as_posix()
        noticed = problems()
        assert noticed, f"{name}: {before[position - 60 : position + 60]}"
        assert name == "facts.json" or f"{name} was changed: its sha256 is not the recorded one" in noticed
        path.write_text(before)
    assert problems() == []


@pytest.mark.more
def test_twenty_random_figures_are_noticed_even_if_the_digests_are_changed_too(site):
    """A person who changes a figure can change its digest as well: it is computed again from what is published."""
    random = Random(21)
    pages = {path: path.read_text() for path in sorted(site.rglob("*.html"))}
    shown = re.compile(
        r'<data data-fact[^>]*>[^<]*</data>|<progress[^>]*>|(?<=<td>)[^<]*(?=</td>)|data-alt="\w+" alt="[^"]*"'
    )
    figures = [(path, match.span()) for path, html in pages.items() if "data-fact" in html or "data-table" in html
               for match in shown.finditer(html) if digits(match[0])]  # fmt: skip
    for path, (start, end) in random.sample(figures, 20):
        html = pages[path]
        position = start + random.choice(digits(html[start:end]))
        path.write_text(with_another_digit(html, position, random))
        record = json.loads((site / "facts.json").read_text())
        (site / "facts.json").write_text(json.dumps(record | {"files": file_digests(site)}))
        name, noticed = path.relative_to(site).as_posix(), problems()
        assert noticed and all(problem.startswith(name) for problem in noticed), f"{name}: {html[start:end]}"
        path.write_text(html)


def test_missing_and_added_files_are_named(site):
    (site / "model.html").unlink()
    (site / "extra.txt").write_text("x")
    assert problems() == ["extra.txt is not part of the site that was built", "model.html is missing"]


def test_a_site_of_an_earlier_version_does_not_agree(site):
    publish(made_flights(days=80))
    differences = problems()
    assert differences[0].startswith("The site shows 000001-")
    changed = "facts.json: flights.flight_count is '4,050', computed '3,600' (text); 4050, computed 3600 (value)"
    assert changed in differences


def test_without_a_site_there_is_nothing_to_verify(data_dir):
    with pytest.raises(NoSite, match="ontime site build"):
        verify()


def test_numbers_that_are_nearly_equal_but_not_the_same_are_different(site):
    record = json.loads((settings.site_dir / "facts.json").read_text())
    record["facts"]["flights.late_share"]["value"] += 2e-9
    (site / "facts.json").write_text(json.dumps(record))
    assert "flights.late_share" in problems()[0]
