"""Building: a whole new site replaces the old one, in every state of the data directory."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from labs.engine import progress
from ontime import lake, project, warehouse
from ontime.datasets import DATASETS
from ontime.project import Project
from ontime.settings import settings
from portfolio import build as building
from portfolio import charts
from portfolio.build import build
from portfolio.content import gather
from portfolio.copied import copied_pages
from portfolio.pages import LABS_PAGE, NAVIGATION, Writer
from portfolio.verify import file_digests, verify
from tests.portfolio.published import made_flights, publish


def pages(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def test_every_link_leads_to_a_file_and_every_anchor_to_an_element(built):
    site = built.resolve()
    all_pages = pages(site)
    wrong = []
    for name, html in all_pages.items():
        for address in re.findall(r'(?:href|src|srcset)="([^"]*)"', html):
            parts = urlsplit(unescape(address))
            if parts.scheme in ("https", "data"):
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            exists = target.resolve().is_file()
            if not exists or (parts.fragment and f'id="{parts.fragment}"' not in target.read_text()):
                wrong.append((name, address))
    assert wrong == []


def test_no_link_of_a_document_has_lost_its_address(built):
    assert {
        name: re.findall(r"<a>[^<]*", html) for name, html in pages(settings.site_dir).items() if "<a>" in html
    } == {}


def test_nothing_is_loaded_from_elsewhere(built):
    for name, html in pages(settings.site_dir).items():
        loaded = re.findall(r'<(?:img|script|source|link|iframe)[^>]*?(?:src|srcset|href)="([^"]*)"', html)
        assert [address for address in loaded if urlsplit(address).netloc] == [], name


def test_headers_have_a_scope_and_images_a_text(built):
    for name, html in pages(settings.site_dir).items():
        assert re.findall(r"<th(?!ead| scope=)[^>]*>", html) == [], name
        assert re.findall(r'<img (?![^>]*alt="\w)[^>]*>', html) == [], name


FIGURE = re.compile(r'<figure class="chart" data-chart="(\w+)">(.*?)</figure>', re.DOTALL)


def test_every_figure_has_its_query_and_its_rows(built):
    by_page = {name: FIGURE.findall(html) for name, html in pages(settings.site_dir).items() if FIGURE.search(html)}
    assert {page: {name for name, _ in figures} for page, figures in by_page.items()} == {
        "index.html": {"network_map", "calendar", "hours", "airlines", "model_reliability"},
        "model.html": {"model_reliability"},
    }
    for name, figure in (each for figures in by_page.values() for each in figures):
        assert "<summary>SQL · as a table</summary>" in figure
        assert re.search(r"<code>(?:--|with|select)", unescape(figure), flags=re.IGNORECASE), name
        assert f'data-table="{name}"' in figure
        assert figure.count("<source ") == 3


def test_sentences_have_no_number_that_is_not_marked(built):
    html = (settings.site_dir / "index.html").read_text()
    sentences = re.sub(
        r"<style>.*?</style>|<figure.*?</figure>|<data .*?</data>|<footer>.*", " ", html, flags=re.DOTALL
    )
    assert re.findall(r"\d[\d.,]*", text_of(sentences)) == []


def test_a_new_dataset_gets_its_page_by_itself(site, undrawn, monkeypatch):
    pedestrians = replace(DATASETS["weather"], name="pedestrians", title="Pedestrian counts", dag="pedestrians")
    monkeypatch.setitem(DATASETS, "pedestrians", pedestrians)
    counts = lake.RowCounts("pedestrians", raw=745, clean=744, quarantined=1, quarantined_by_reason={"too_many": 1})
    rows = lake.row_counts()
    monkeypatch.setattr(lake, "row_counts", lambda: [*rows[:-1], counts])
    build()
    page = text_of((settings.site_dir / "datasets" / "pedestrians.html").read_text())
    assert page.count("Pedestrian counts") == 2
    assert "pedestrians 745 744 1 too_many: 1" in page
    assert '<a href="pedestrians.html">Pedestrian counts</a>' in (settings.site_dir / "datasets/index.html").read_text()
    assert verify()[0] == []


def test_solved_labs_have_a_row_and_a_place_in_the_navigation(built):
    page = text_of((settings.site_dir / "labs.html").read_text())
    [digest] = [entry.digest for _, entry in progress.solved()]
    assert re.search(r"Solved: 1 of \d+ labs\. Checks that hold: 6 ?\.", page)
    assert f"A clock time is no number foundation 2026-11-27 25 1 6 {digest}" in page
    assert "make install && .venv/bin/ontime labs check" in page
    assert "Answers belong to a fork" not in page
    assert re.search(r"Repaired: 1 of \d+ incidents", page)
    assert "Where is Boston? foundation 2026-11-28 48 2 11 0123456789ab" in page
    for name, html in pages(settings.site_dir).items():
        if "<nav" in html:
            assert re.search(r'<a href="[./]*labs.html"[^>]*>Labs</a></li>\n', html), name


def test_words_are_aligned_to_the_left_and_numbers_to_the_right(built):
    scores = re.search(r'data-table="scores">(.*?)</table>', (settings.site_dir / "model.html").read_text(), re.DOTALL)
    header = re.findall(r"<th scope=\"col\"( class=\"words\")?>([^<]*)", scores[1])
    assert [name for words, name in header if words] == ["model"]
    assert len(header) == 6


def test_the_second_opinion_says_how_closely_both_agree(built):
    page = text_of((settings.site_dir / "opinion.html").read_text())
    assert "R agrees: fitted to the same 3,926 flights, its log-odds differ from ours by 5e-14 at most" in page
    assert "rain yes 0.962475 0.962475 0.097759 0.097759" in page


def test_the_same_data_gives_the_same_files(site):
    before = file_digests(settings.site_dir)
    record = (settings.site_dir / "facts.json").read_bytes()
    build()
    assert file_digests(settings.site_dir) == before
    assert (settings.site_dir / "facts.json").read_bytes() == record


def test_a_build_that_fails_leaves_the_old_site_and_nothing_else(site, undrawn, monkeypatch):
    before = settings.site_dir.resolve()
    monkeypatch.setattr(building, "file_digests", lambda folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build()
    assert settings.site_dir.resolve() == before
    assert [*settings.site_versions_dir.iterdir()] == [before]


def test_a_new_build_replaces_the_folder(site, undrawn):
    before = settings.site_dir.resolve()
    build()
    assert settings.site_dir.resolve() != before
    assert not before.exists()


def test_without_a_warehouse_there_is_no_site(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="make demo"):
        build()
    assert not settings.site_dir.exists()


@pytest.fixture(scope="module")
def one_month(module_data_dir):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "answers_dir", module_data_dir / "answers")
        patch.setattr(charts, "bundle", lambda: "// Vega")
        patch.setattr(charts, "_drawing", lambda path, *_: charts.Drawing(path, "<svg/>", 600, 300))
        publish(made_flights(days=31))
        build()
    return pages(settings.site_dir)


def test_one_month_without_model_report_gates_and_runs(one_month):
    story = text_of(one_month["index.html"])
    assert "the worst month" not in story
    assert "Leave early." in story
    assert "There is no champion yet: no model has been trained, tested and promoted." in story
    assert "The report has not been written yet: ontime report writes it." in story
    assert "No gate has run yet: ontime check runs them." in story
    assert "There is no champion yet" in text_of(one_month["model.html"])
    assert "No run has been recorded here" in text_of(one_month["pipeline.html"])
    assert "R has not been asked about this warehouse" in text_of(one_month["opinion.html"])
    assert "Beside simpler models" not in text_of(one_month["model.html"])
    assert "No file of it has arrived here" in text_of(one_month["datasets/weather.html"])


def test_without_a_solved_lab_the_page_says_so_and_is_not_in_the_navigation(one_month):
    page = text_of(one_month["labs.html"])
    assert re.search(r"None of the \d+ labs has been solved in this copy\. Answers belong to a fork", page)
    assert re.search(r"Foundation 0 0 of \d+ Intermediate 0 0 of \d+", page)
    assert "Grade it again" not in page and 'data-table="labs"' not in one_month["labs.html"]
    for name, html in one_month.items():
        assert "labs.html" not in html.partition("</nav>")[0], name
    assert '<a href="labs.html">Labs</a><br>' in one_month["index.html"]


def test_every_state_has_all_pages(one_month):
    assert {*NAVIGATION.values(), LABS_PAGE} <= one_month.keys()
    assert {f"datasets/{name}.html" for name in ("flights", "weather", "airports", "airlines", "aircraft")} <= (
        one_month.keys()
    )


def test_the_pages_have_the_names_of_the_project_and_its_lead_dataset_first(built, tmp_path, monkeypatch):
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    project.write(Project(title="Rain & delays", owner="Jane Doe", repository="jane/rain", lead_dataset="weather"))
    content = gather()
    variants = ("light-wide", "light-narrow", "dark-wide", "dark-narrow")
    drawing = charts.Drawing("charts/one.svg", "<svg/>", 600, 300)
    drawings = {name: dict.fromkeys(variants, drawing) for name in content.figures}
    written = {}
    for page, html in Writer(content, drawings, copied_pages(content.published), "assets/vega.js").pages():
        written[page] = html
        assert "<title>Rain &amp; delays: " in html, page
        footer = '<p>Rain &amp; delays by Jane Doe · <a href="https://github.com/jane/rain">source code</a></p>'
        assert footer in html, page
        if page == "datasets/index.html":
            break  # the documents come next: they take seconds
    assert re.findall(r'<a href="(\w+)\.html">', written["datasets/index.html"])[0] == "weather"
