"""The shell of the dashboard: navigation, the version of a page run, and messages for what is missing."""

from dashboard import parts
from tests.dashboard import made
from tests.dashboard.conftest import texts


def test_without_a_warehouse_a_page_says_what_to_do(open_page):
    app = open_page("overview")
    assert not app.exception
    assert "Nothing is published yet" in app.info[0].value and "ingest (start here)" in app.info[0].value


def test_the_footer_names_the_version_of_the_page(open_page, one_month):
    assert one_month.version in texts(open_page("overview"))


def test_a_page_follows_a_publication_and_a_rollback(open_page, one_month):
    app = open_page("overview")
    later = made.publish_flights(last="2013-02-28")
    assert parts.current_versions() != app.session_state["versions"]
    assert later.version in texts(app.run())
