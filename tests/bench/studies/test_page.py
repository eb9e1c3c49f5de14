"""Tables are written between the markers of the page."""

import pytest

from bench.studies import page


def test_a_table_replaces_only_what_is_between_its_markers(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("before\n<!-- stages -->\nold\n<!-- end of stages -->\nafter <!-- large -->\n")
    page.place("stages", "| new \\1 |\n", file)
    assert file.read_text() == ("before\n<!-- stages -->\n| new \\1 |\n<!-- end of stages -->\nafter <!-- large -->\n")


def test_a_page_without_the_markers_is_an_error(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("<!-- large -->\n")
    with pytest.raises(page.NoMarkers, match="<!-- end of large -->"):
        page.place("large", "| new |\n", file)


@pytest.mark.parametrize(
    "marker", ["measured", "defaults", "cluster", "stages", "increment", "large", "serving", "dashboard"]
)
def test_the_page_has_the_markers_of_every_study(marker):
    content = page.PAGE.read_text()
    assert content.count(f"<!-- {marker} -->\n") == content.count(f"<!-- end of {marker} -->") == 1
