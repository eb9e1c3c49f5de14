"""The checks of the browser tests see what they should."""

from pathlib import Path

import pytest

from tests.browser import (
    ARTIFACTS,
    VIEWS,
    assert_accessible,
    assert_good_manners,
    assert_keyboard_reaches_all,
    assert_landmarks,
    assert_no_overflow,
    assert_quiet,
)

pytestmark = pytest.mark.more

GOOD = """
<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A page</title>
<header><h1>A page</h1></header>
<main>
<p><a href="#end">To the end</a></p>
<div role="region" aria-label="Wide" tabindex="0" style="overflow-x: auto"><p style="width: 2000px">wide</p></div>
<label>Choice <input type="radio" name="choice" checked></label>
<label>Other choice <input type="radio" name="choice"></label>
<p id="end">End</p>
</main>
"""
#: What is wrong: a part of the good page, what replaces it, the check that fails, and its message.
BAD = {
    "a picture that is missing": ("<p id", '<img src="none.png" alt="none"><p id', assert_quiet, "none.png"),
    "another machine": ("<p id", '<img src="http://example.org/a.png" alt=""><p id', assert_quiet, "example.org"),
    "an exception": ("<p id", "<script>throw Error('broken')</script><p id", assert_quiet, "broken"),
    "a picture without a text": (
        "<p id",
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p id',
        assert_accessible,
        "image-alt",
    ),
    "pale text": ("<p id", '<p style="color: #ccc">pale</p><p id', assert_accessible, "color-contrast"),
    "a wide region without a scroll bar": ("overflow-x: auto", "", assert_no_overflow, "2000 px|20\\d\\d px"),
    "the page itself scrolls in a wide box": (
        "<header>",
        '<div style="overflow-x: auto"><header style="width: 3000px">',
        assert_no_overflow,
        "30\\d\\d px",
    ),
    "no language": ('lang="en"', "", assert_landmarks, "language ''"),
    "no main": ("main>", "div>", assert_landmarks, "0 main"),
    "a link without the keyboard": (
        'href="#end"',
        'href="#end" onfocus="blur()"',
        assert_keyboard_reaches_all,
        "reach",
    ),
    "a region that Tab reaches before the link above it": (
        'tabindex="0"',
        'tabindex="1"',
        assert_keyboard_reaches_all,
        "out of order",
    ),
    "a focus that does not show": (
        'href="#end"',
        'href="#end" style="outline: none"',
        assert_keyboard_reaches_all,
        "seen",
    ),
}


def write(folder: Path, html: str) -> str:
    page = folder / "page.html"
    page.write_text(html)
    return page.as_uri()


@pytest.mark.parametrize("view", VIEWS)
def test_a_good_page_passes(tmp_path, visit, view):
    assert_good_manners(visit(write(tmp_path, GOOD), view))


@pytest.mark.parametrize(("part", "replacement", "check", "message"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_seen(tmp_path, visit, part, replacement, check, message):
    assert part in GOOD
    seen = visit(write(tmp_path, GOOD.replace(part, replacement)))
    with pytest.raises(AssertionError, match=message):
        check(seen if check is assert_quiet else seen.page)


def test_a_screenshot_of_each_visit_is_kept(tmp_path, visit, request):
    address = write(tmp_path, GOOD)
    visit(address, "light")
    visit(address, "phone")
    visit.close()
    folder = ARTIFACTS / "test_browser.py-test_a_screenshot_of_each_visit_is_kept"
    assert sorted(path.name for path in folder.iterdir()) == ["1-light.png", "2-phone.png"]
