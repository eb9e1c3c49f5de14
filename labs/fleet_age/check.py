"""Checks of the lab *fleet_age*. The truth is computed by SQL; small made-up tables show one rule each."""

import pandas as pd
import pytest

from labs.engine.years import Year, real_year

COLUMNS = ["name", "flights", "known_share", "mean_age_years"]
TRUTH = """
    select
        airlines.carrier,
        any_value(airlines.name) as name,
        count(flights.carrier) as flights,
        count(planes.year) / nullif(count(flights.carrier), 0) as known_share,
        avg(flights.year - planes.year) as mean_age_years
    from airlines
    left join flights on airlines.carrier = flights.carrier
    left join planes on flights.tailnum = planes.tailnum
    group by airlines.carrier
"""
RESULTS = {}


def table(answer, year):
    """The answer's table for a year."""
    result = answer.module.fleet_age(year.flights, year.planes, year.airlines)
    assert isinstance(result, pd.DataFrame), f"your function returns a {type(result).__name__}, not a data frame"
    missing = [name for name in COLUMNS if name not in result]
    assert not missing, f"your table lacks the columns {', '.join(missing)}"
    assert result.index.is_unique, f"your table has {len(result)} rows for {result.index.nunique()} airlines"
    return result


@pytest.fixture
def both(answer, year):
    """The answer's table and the right one, for the airlines that are in both."""
    if year.name not in RESULTS:
        with year.database() as connection:
            truth = connection.execute(TRUTH).df().set_index("carrier").sort_index()
        result = table(answer, year)
        RESULTS[year.name] = result.reindex(truth.index), truth
    return RESULTS[year.name]


def few(answer, flights, planes):
    """The row of AA for made-up tables: its flights' aircraft, and years of building by aircraft; the year is 2013."""
    real = real_year()
    made_up = {
        "flights": real.flights.head(len(flights)).assign(carrier="AA", tailnum=flights, year=2013),
        "planes": real.planes.head(len(planes)).assign(tailnum=list(planes), year=[*map(float, planes.values())]),
        "airlines": real.airlines[real.airlines["carrier"].isin(["AA", "UA"])],
    }
    result = table(answer, Year("made up", made_up))
    assert "AA" in result.index, f"the index of your table is {result.index.tolist()}, not the codes of the airlines"
    return result.loc["AA"]


def first_wrong(mine, right, tolerance=1e-9):
    """The first airline whose value is wrong; None if all are right."""
    mine = pd.to_numeric(mine)
    wrong = ((mine - right).abs() > tolerance) | (mine.isna() != right.isna())
    return wrong.idxmax() if wrong.any() else None


def test_busy_aircraft(answer):
    """An aircraft that flies twice as often counts twice"""
    row = few(answer, ["N1", "N1", "N1", "N2"], {"N1": 2003, "N2": 2011})
    assert row["mean_age_years"] == pytest.approx(8), (
        f"three flights with an aircraft of 10 years and one with an aircraft of 2 years have a mean age of "
        f"{row['mean_age_years']:.1f} years in your table"
    )


def test_unknown_aircraft(answer):
    """A flight counts even if its aircraft, its year of building or its tail number is not known"""
    row = few(answer, ["N1", "N2", "N3", None], {"N1": 2003, "N2": float("nan")})
    assert row["flights"] == 4, f"of 4 flights, one of them with an aircraft of a known age, you count {row['flights']}"
    assert row["known_share"] == pytest.approx(0.25), f"of these 4, you know a share of {row['known_share']:.2f}"
    assert row["mean_age_years"] == pytest.approx(10), (
        f"the only aircraft of a known age is 10 years old; your mean is {row['mean_age_years']:.1f}"
    )


def test_all_airlines(answer):
    """An airline without flights is in the table, with 0 flights and without an age"""
    real = real_year()
    made_up = {
        "flights": real.flights[real.flights["carrier"] == "OO"],
        "planes": real.planes,
        "airlines": real.airlines,
    }
    result = table(answer, Year("one airline", made_up))
    assert set(result.index) == set(real.airlines["carrier"]), (
        f"only one of {len(real.airlines)} airlines flies: your table has {len(result)} rows"
    )
    row = result.loc["UA"]
    assert row["flights"] == 0, f"an airline without flights has {row['flights']} flights in your table"
    assert pd.isna(row["known_share"]) and pd.isna(row["mean_age_years"]), (
        f"an airline without flights has a known share of {row['known_share']} "
        f"and a mean age of {row['mean_age_years']} in your table"
    )


def test_tables_stay(answer):
    """The tables that the function gets stay as they are"""
    real = real_year()
    given = [real.flights.head(100), real.planes, real.airlines]
    before = [frame.copy() for frame in given]
    answer.module.fleet_age(*given)
    changed = [
        name for name, a, b in zip(("flights", "planes", "airlines"), given, before, strict=True) if not a.equals(b)
    ]
    assert not changed, f"your function changes {', '.join(changed)}: work on a copy"


def test_flights(both):
    """Each airline has its name and all its flights"""
    mine, right = both
    assert (mine["name"] == right["name"]).all(), "the names are not those of `airlines`"
    wrong = first_wrong(mine["flights"], right["flights"])
    assert wrong is None, (
        f"{right['name'][wrong]} has {mine['flights'][wrong]:,.0f} flights in your table; of all "
        f"{right['flights'].sum():,} flights, {mine['flights'].sum():,.0f} are in your table"
    )


def test_known_share(both):
    """Each airline's share of flights with a known year of building is right"""
    mine, right = both
    wrong = first_wrong(mine["known_share"], right["known_share"])
    assert wrong is None, (
        f"{right['name'][wrong]} has a share of {mine['known_share'][wrong]:.3f} in your table, it should be about "
        f"{right['known_share'][wrong]:.1f}"
    )


def test_age(both):
    """Each airline's mean age is right"""
    mine, right = both
    wrong = first_wrong(mine["mean_age_years"], right["mean_age_years"])
    assert wrong is None, (
        f"the aircraft of {right['name'][wrong]} are {mine['mean_age_years'][wrong]:.2f} years old in your table, "
        f"it should be about {right['mean_age_years'][wrong]:.0f}"
    )
