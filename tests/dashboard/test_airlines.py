"""The page Airlines: two months, then one of them."""


def test_the_months_choose_what_is_counted(open_page, two_months):
    app = open_page("airlines")
    assert not app.exception
    months = app.select_slider(key="months")
    assert months.value == ("2013-01", "2013-02")
    both = app.dataframe[0].value.set_index("airline_code")
    app = months.set_range("2013-02", "2013-02").run()
    assert not app.exception
    february = app.dataframe[0].value.set_index("airline_code")
    assert both["day_count"].to_dict() == {"B6": 59, "DL": 59, "UA": 59}
    assert february["day_count"].to_dict() == {"B6": 28, "DL": 28, "UA": 28}
    assert (february["arrival_count"] < both["arrival_count"]).all()
