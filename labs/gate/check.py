"""Checks of the lab *gate*: the suite runs on good months, and on a month that the check has damaged."""

import great_expectations as gx
import pandas as pd
import pytest

#: The month that is damaged, and the one before it.
DAMAGED, BEFORE = 9, 8


@pytest.fixture(scope="session")
def validate(answer):
    """A function: the results of the answer's suite on a month."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("lab").add_dataframe_asset("month")
    batches = asset.add_batch_definition_whole_dataframe("all")
    suite_of = answer.module.suite

    def validate(before: pd.DataFrame, month: pd.DataFrame, result_format: str = "BOOLEAN_ONLY"):
        suite = suite_of(before.copy())
        assert isinstance(suite, gx.ExpectationSuite), f"suite returned a {type(suite).__name__}"
        batch = batches.get_batch(batch_parameters={"dataframe": month.reset_index(drop=True)})
        return batch.validate(suite, result_format=result_format)

    return validate


def in_words(check) -> str:
    config, result = check.expectation_config, check.result
    columns = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list", [])) or "rows"
    text = f"{config.type}({columns})"
    if "unexpected_percent" in result:
        return f"{text}: {result['unexpected_percent'] or 0:.1f} % unexpected"
    if "observed_value" in result:
        return f"{text}: observed {result['observed_value']}"
    return f"{text}: cannot be checked"


def month_of(year, number):
    return year.tables["flights"][year.tables["flights"]["month"] == number]


def assert_stops(validate, year, damaged, damage):
    assert not validate(month_of(year, BEFORE), damaged).success, f"your suite passes a month in which {damage}"


def test_good_months(validate, year):
    """Every good month passes"""
    for number in range(1, 13):
        before, month = month_of(year, (number - 2) % 12 + 1), month_of(year, number)
        if not validate(before, month).success:
            # Only this format has the observed values, and it takes longer.
            checks = validate(before, month, "BASIC").results
            failed = "; ".join(in_words(check) for check in checks if not check.success)
            raise AssertionError(f"your suite stops good month {number}: {failed}")


def test_half(validate, year):
    """A month with half of its rows is stopped"""
    assert_stops(validate, year, month_of(year, DAMAGED).iloc[::2], "every second row is missing")


def test_duplicates(validate, year):
    """A month with some rows twice is stopped"""
    month = month_of(year, DAMAGED)
    twice = pd.concat([month, month.sample(frac=0.01, random_state=1)])
    assert_stops(validate, year, twice, f"{len(twice) - len(month)} of {len(month):,} rows are there twice")


def test_nulls(validate, year):
    """A month with a column of nulls is stopped"""
    for column in ("dest", "arr_delay"):
        damaged = month_of(year, DAMAGED).assign(**{column: None})
        assert_stops(validate, year, damaged, f"{column} is null in all rows: most expectations ignore nulls")


def test_recoded(validate, year):
    """A month with another code for Boston is stopped"""
    month = month_of(year, DAMAGED)
    is_boston = month["dest"] == "BOS"
    damaged = month.assign(dest=month["dest"].mask(is_boston, "BXS"))
    assert_stops(validate, year, damaged, f"all {is_boston.sum():,} flights to BOS go to BXS")


def test_hour(validate, year):
    """A month with departures in UTC is stopped"""
    month = month_of(year, DAMAGED)
    hour = pd.to_datetime(month["time_hour"], utc=True).dt.hour
    damaged = month.assign(hour=hour, sched_dep_time=100 * hour + month["minute"])
    assert_stops(validate, year, damaged, "the planned departures are in UTC, so many are in the night")


def test_delay_unit(validate, year):
    """A month with delays in hours is stopped"""
    month = month_of(year, DAMAGED)
    damaged = month.assign(dep_delay=month["dep_delay"] / 60, arr_delay=month["arr_delay"] / 60)
    spread = damaged["dep_delay"].std()
    assert_stops(validate, year, damaged, f"delays are in hours; their standard deviation is {spread:.1f}")
