"""Checks of the lab *odds*: Rscript runs the answer on a year's flights, and statsmodels computes the same."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

TERMS = ["rain", "evening", "originEWR", "originLGA"]

_results: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}


@pytest.fixture
def results(answer, year, tmp_path):
    """The answer's table and the right one, both by term; computed once a year."""
    if year.name not in _results:
        flights = flights_of(year)
        flights.to_csv(tmp_path / "flights.csv", index=False)
        command = [shutil.which("Rscript"), "--vanilla", str(answer.path), "flights.csv", "odds.csv"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        said = " ".join(run.stderr.split())
        assert run.returncode == 0, f"Rscript ends with an error: {said[-300:]}"
        assert (tmp_path / "odds.csv").exists(), "your program has not written the second file"
        _results[year.name] = pd.read_csv(tmp_path / "odds.csv"), truth_of(flights)
    return _results[year.name]


def flights_of(year):
    """Every third flight that arrived, as the task describes it."""
    weather = year.weather[["origin", "time_hour", "precip"]].drop_duplicates(["origin", "time_hour"])
    arrived = year.flights.dropna(subset="arr_delay").iloc[::3]
    flights = arrived.merge(weather, on=["origin", "time_hour"]).dropna(subset="precip")
    day = pd.to_datetime(flights[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "day": day,
            "late": (flights["arr_delay"] >= 15).astype(int),
            "rain": (flights["precip"] > 0).astype(int),
            "evening": (flights["hour"] >= 17).astype(int),
            "origin": flights["origin"],
        }
    )


def truth_of(flights):
    """Log-odds with their errors clustered by day, by term."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    design = np.column_stack(
        [
            np.ones(len(flights)),
            flights["rain"],
            flights["evening"],
            flights["origin"] == "EWR",
            flights["origin"] == "LGA",
        ]
    )
    model = GLM(flights["late"].to_numpy(), design, family=Binomial())
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": flights["day"].factorize()[0]})
    return pd.DataFrame({"log_odds": fitted.params[1:], "error": fitted.bse[1:]}, index=TERMS)


def test_table(results):
    """The table has a row for each term, with an odds ratio and an interval"""
    table, _ = results
    assert list(table.columns) == ["term", "odds_ratio", "low", "high"], f"your columns are {', '.join(table.columns)}"
    assert sorted(table["term"]) == sorted(TERMS), f"your terms are {', '.join(map(str, table['term']))}"


def test_odds(results):
    """The odds ratios are those of one model with all three factors"""
    table, truth = results
    yours = table.set_index("term")["odds_ratio"].reindex(TERMS)
    right = np.exp(truth["log_odds"])
    wrong = [term for term in TERMS if not abs(yours[term] / right[term] - 1) < 0.002]
    assert not wrong, (
        f"the odds ratio of {wrong[0]} is {yours[wrong[0]]:.3f} in your table, it should be about {right[wrong[0]]:.1f}"
    )


def test_interval(results):
    """Each interval is symmetric about the log-odds"""
    table, _ = results
    of_term = table.set_index("term")
    middle = np.sqrt(of_term["low"] * of_term["high"])
    wrong = [term for term in of_term.index if not abs(middle[term] / of_term["odds_ratio"][term] - 1) < 0.002]
    assert not wrong, (
        f"for {wrong[0]}, your interval goes from {of_term['low'][wrong[0]]:.3f} to {of_term['high'][wrong[0]]:.3f}; "
        f"the odds ratio {of_term['odds_ratio'][wrong[0]]:.3f} is not in its middle on the scale of the log-odds"
    )


def test_errors(results):
    """The intervals have the width of errors clustered by day"""
    table, truth = results
    of_term = table.set_index("term").reindex(TERMS)
    widths = np.log(of_term["high"] / of_term["low"]) / (2 * 1.96 * truth["error"])
    worst = (widths - 1).abs().idxmax()
    assert widths.between(0.97, 1.03).all(), (
        f"your interval of {worst} is {widths[worst]:.2f} times as wide as one with errors clustered by day"
    )
