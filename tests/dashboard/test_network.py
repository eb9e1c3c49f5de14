"""The page Network: its choices are in its address, and its tables are those of the choice."""

from tests.dashboard.conftest import texts


def test_without_a_warehouse_the_page_says_what_to_do(open_page):
    app = open_page("network")
    assert "Nothing is published yet" in texts(app)
    assert not app.selectbox


def test_one_month_of_one_airport_by_its_address(open_page, one_month):
    app = open_page("network", airport="JFK")
    assert not app.exception
    assert app.selectbox(key="airport").value == "JFK"
    assert not app.select_slider  # one month leaves nothing to choose
    on_map = app.dataframe[0].value
    assert set(on_map["origin_airport_code"]) == {"JFK"}
    # 31 days × 3 airlines to each of three destinations
    assert on_map.set_index("airport_code")["flight_count"].to_dict() == {"BOS": 93, "IAH": 93, "SJU": 93}
    shown = texts(app)
    for title in (
        "Where flights go, and where they arrive late",
        "When to leave",
        "The routes that are late most often",
    ):
        assert title in shown
