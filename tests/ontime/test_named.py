"""Datasets and months as a command line names them."""

import pytest

from ontime.named import named_partitions


@pytest.mark.parametrize(
    ("words", "partitions"),
    [
        ("flights 2013-03", {"flights": ["2013-03"]}),
        ("weather 2012-12 2013-01", {"weather": ["2012-12", "2013-01"]}),
        ("airlines airports", {"airlines": ["all"], "airports": ["all"]}),
        ("airports flights 2013-01 2013-02", {"airports": ["all"], "flights": ["2013-01", "2013-02"]}),
        ("2013-03 flights", {"flights": ["2013-03"]}),
    ],
)
def test_words_name_partitions(words, partitions):
    assert named_partitions(words.split()) == partitions


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Nothing names no dataset: name some of flights, weather"),
        ("2013-01", "2013-01 names no dataset"),
        ("trains 2013-01", "trains 2013-01 names no dataset"),
        ("flights", "flights come by month: name one"),
        ("airlines weather", "weather come by month: name one"),
        ("airports airlines 2013-01", "airports and airlines: one table each"),
        ("flights January", "'January' is not a month"),
        ("flights 2013-02 2013-01", "swap the two months"),
        ("flights trains 2013-01", "'trains' is not a month"),
        ("flights 2013-01 2013-02 2013-03", "more than two months"),
    ],
)
def test_what_is_wrong_with_the_words_is_said(words, message):
    with pytest.raises(ValueError, match=message):
        named_partitions(words.split())
