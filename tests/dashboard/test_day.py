"""The page A day: the day of the address, with and without predictions."""

from datetime import date

from tests.dashboard.conftest import texts


def test_the_day_of_the_address_without_predictions(open_page, one_month):
    app = open_page("day", day="2013-01-06")
    assert not app.exception
    assert app.date_input(key="day").value == date(2013, 1, 6)
    assert "Sunday, 6 January 2013" in texts(app)
    calendar, strip, outcomes, weather = (element.value for element in app.dataframe)
    assert len(calendar) == 31
    assert strip["flight_count"].sum() == outcomes["flight_count"].sum() == 27
    assert set(weather["measure"]) == {"rain"}
    assert "There are no predictions yet." in texts(app)


def test_predictions_beside_what_happened(open_page, one_month, predicted):
    app = open_page("day", day="2013-01-06", weather="visibility")
    assert not app.exception
    weather, predictions = (element.value for element in app.dataframe[3:5])
    assert set(weather["measure"]) == {"visibility"}
    late, arrived = predictions["arrival_delayed_count"].sum(), predictions["arrival_count"].sum()
    # 0.6 for each late flight, 0.2 for each other one
    assert round(predictions["predicted_late_count"].sum(), 6) == round(0.6 * late + 0.2 * (arrived - late), 6)
