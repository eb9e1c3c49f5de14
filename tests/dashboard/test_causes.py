"""The page Causes: the embedded data has none, live data has."""

from tests.dashboard.conftest import texts


def test_without_causes_the_page_says_why(open_page, one_month):
    app = open_page("causes")
    assert not app.exception
    assert "the embedded data of 2013 lacks them" in texts(app)
    assert not app.dataframe


def test_with_causes(open_page, year):
    app = open_page("causes")
    assert not app.exception
    by_month, by_airline = (element.value for element in app.dataframe)
    assert len(by_month) == 12 * 5
    assert len(by_airline) == 3 * 5
    assert by_month["minutes"].sum() == by_airline["minutes"].sum()
