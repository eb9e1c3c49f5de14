import pytest

from ontime.months import months_between


@pytest.mark.parametrize(
    ("first", "last", "expected", "why"),
    [
        ("2013-01", "2013-01", ["2013-01"], "a single month"),
        ("2013-11", "2014-02", ["2013-11", "2013-12", "2014-01", "2014-02"], "across a year's end"),
    ],
)
def test_months_between(first, last, expected, why):
    assert months_between(first, last) == expected, why


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2013-1", "2013-02", "'2013-1' is not a month: write YYYY-MM"),
        ("2013-01", "2013-13", "'2013-13' is not a month"),
        ("January", "2013-02", "'January' is not a month"),
        ("2013-03", "2013-02", "ends (2013-02) before it begins (2013-03)"),
    ],
)
def test_an_invalid_range_of_months_is_an_error_that_says_why(first, last, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        months_between(first, last)
