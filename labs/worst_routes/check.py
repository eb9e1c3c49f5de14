"""Checks of the lab *worst_routes*. The truth is computed by pandas; small made-up tables show one rule each."""

import pandas as pd
import pytest

from labs.engine.years import Year, real_year

COLUMNS = ["month", "origin", "dest", "arrivals", "late_share", "place", "change"]
KEY = ["month", "origin", "dest"]
LATE = 15
FEWEST = 20
PLACES = 10
RESULTS = {}


def query(answer, year):
    """What the answer's query gives, with its columns in lower case."""
    with year.database() as connection:
        table = connection.execute(answer.text).df()
    table.columns = table.columns.str.lower()
    missing = [name for name in COLUMNS if name not in table]
    assert not missing, f"the result lacks the columns {', '.join(missing)}"
    return table[COLUMNS]


@pytest.fixture
def result(answer, year):
    if year.name not in RESULTS:
        RESULTS[year.name] = query(answer, Year(year.name, {"flights": year.flights}))
    return RESULTS[year.name]


def few(answer, delays):
    """What the answer gives for made-up arrival delays by (month, destination)."""
    made_up = [
        {"month": month, "origin": "JFK", "dest": dest, "arr_delay": delay}
        for (month, dest), minutes in delays.items()
        for delay in minutes
    ]
    template = real_year().flights.head(1).drop(columns=[*KEY, "arr_delay"])
    flights = template.merge(pd.DataFrame(made_up), how="cross")[real_year().flights.columns]
    table = query(answer, Year("made up", {"flights": flights.astype({"arr_delay": float})}))
    return table.astype({"place": float, "change": float, "late_share": float}).set_index(["month", "dest"])


def written(value, form="+.2f"):
    """A number of a result, or null."""
    return "null" if pd.isna(value) else format(value, form)


def about(value):
    """The order of magnitude of the right number; null is said as it is."""
    return "null" if pd.isna(value) else f"about {value:.1f}"


def share(late, of=FEWEST, minutes=30):
    """The delays of ``of`` arrivals, the first ``late`` of them that many minutes late."""
    return [minutes] * late + [0] * (of - late)


def truth(flights):
    """The right table, by pandas: every month of every route, shifted by a month to compare."""
    arrived = flights.dropna(subset=["arr_delay"])
    late = (arrived["arr_delay"] >= LATE).groupby([arrived[name] for name in KEY]).agg(["size", "mean"])
    late = late[late["size"] >= FEWEST]
    wide = late["mean"].unstack("month").reindex(columns=range(1, 13))
    change = (wide - wide.shift(axis=1)).stack(future_stack=True).reorder_levels([2, 0, 1])
    table = pd.DataFrame({"arrivals": late["size"], "late_share": late["mean"], "change": change.reindex(late.index)})
    table["place"] = table.groupby("month")["late_share"].rank(method="min", ascending=False)
    return table[table["place"] <= PLACES].sort_index()


def test_fifteen(answer):
    """A flight that is exactly 15 minutes late is late"""
    table = few(answer, {(1, "BOS"): share(5, minutes=15), (1, "IAH"): share(1, minutes=14)})
    found = [float(table["late_share"].get((1, dest), 0)) for dest in ("BOS", "IAH")]
    assert found == [0.25, 0], (
        f"of 20 arrivals five are 15 minutes late, on another route one is 14 minutes late: your shares are {found}"
    )


def test_never_arrived(answer):
    """A flight that never arrived is neither late nor on time"""
    row = few(answer, {(1, "BOS"): share(15, of=30) + [None] * 10}).reset_index().iloc[0]
    assert (row["arrivals"], row["late_share"]) == (30, 0.5), (
        f"30 flights arrived, 15 of them late, and 10 were cancelled: your answer has {row['arrivals']:.0f} arrivals "
        f"and a late share of {row['late_share']:.3f}"
    )


def test_few_arrivals(answer):
    """A route with fewer than 20 arrivals has no place, and takes none from others"""
    table = few(
        answer,
        {(1, "BOS"): share(5), (1, "IAH"): share(19, of=19), (1, "ORD"): share(10, of=10) + [None] * 30},
    )
    assert [*table.index] == [(1, "BOS")], (
        f"of routes with 20, 19 and 10 arrivals your answer keeps {', '.join(sorted(table.index.get_level_values(1)))}"
    )
    assert table["place"].tolist() == [1], (
        f"the only route with 20 arrivals has place {table['place'].iloc[0]:.0f} in your answer"
    )


def test_ties(answer):
    """Equal shares have equal places, and the next place counts them all"""
    delays = {(1, "BOS"): share(8), (1, "IAH"): share(4), (1, "ORD"): share(4), (1, "MIA"): share(2)}
    table = few(answer, delays)
    places = [int(table["place"].get((1, dest), 0)) for dest in ("BOS", "IAH", "ORD", "MIA")]
    assert places == [1, 2, 2, 4], f"shares of 0.4, 0.2, 0.2 and 0.1 have the places {places} in your answer"


def test_month_before(answer):
    """The change is from the calendar month before, and null if the route has no share there"""
    delays = {(1, "BOS"): share(2), (3, "BOS"): share(8), (4, "BOS"): share(12)}
    delays |= {(1, "IAH"): share(1), (2, "IAH"): share(1, of=19), (3, "IAH"): share(3)}
    table = few(answer, delays)["change"]
    march, april = table[3, "BOS"], table[4, "BOS"]
    assert pd.isna(march), (
        f"a route without a flight in February has a change of {written(march)} in March in your answer"
    )
    assert pd.isna(table[3, "IAH"]), (
        f"a route with 19 arrivals in February has a change of {written(table[3, 'IAH'])} in March in your answer"
    )
    assert april == pytest.approx(0.2), (
        f"from 0.4 in March to 0.6 in April is a change of {written(april)} in your answer"
    )
    assert pd.isna(table[1, "BOS"]), f"January has a change of {written(table[1, 'BOS'])} in your answer"


def test_good_month_before(answer):
    """A route that was not among the worst in the month before has a change too"""
    delays = {(1, f"X{number:02}"): share(10) for number in range(10)}
    delays |= {(1, "BOS"): share(2), (2, "BOS"): share(12)}
    change = few(answer, delays)["change"][2, "BOS"]
    assert change == pytest.approx(0.5), (
        f"from 0.1 in January to 0.6 in February is a change of {written(change)} in your answer"
    )


def shown(key):
    month, origin, dest = key
    return f"{origin}–{dest} in month {month}"


def test_routes(result, year):
    """Each month has its worst ten routes, with their places"""
    right = truth(year.flights)
    assert not result.duplicated(KEY).any(), f"{result.duplicated(KEY).sum():,} rows of your result are doubled"
    found = result.set_index(KEY).sort_index()
    missing, more = right.index.difference(found.index), found.index.difference(right.index)
    assert missing.empty and more.empty, (
        f"{len(missing)} of {len(right)} routes are missing and {len(more)} are too many; the first is "
        f"{shown((missing if len(missing) else more)[0])}"
    )
    wrong = found["place"] != right["place"]
    assert not wrong.any(), f"{wrong.sum()} of {len(right)} places are wrong, the first is {shown(wrong.idxmax())}"


@pytest.mark.parametrize("column", ["arrivals", "late_share", "change"])
def test_values(result, year, column):
    """Arrivals, shares and changes are right"""
    right = truth(year.flights)[[column]]
    both = result.drop_duplicates(KEY).set_index(KEY)[[column]].join(right, how="inner", rsuffix="_right")
    mine, right = both[column].astype(float), both[f"{column}_right"].astype(float)
    wrong = ((mine - right).abs() > 1e-9) | (mine.isna() != right.isna())
    assert not wrong.any(), (
        f"{wrong.sum()} of {len(both)} values of {column} are wrong; for {shown(wrong.idxmax())} yours is "
        f"{written(mine[wrong.idxmax()], '.3f')}, it should be {about(right[wrong.idxmax()])}"
    )
