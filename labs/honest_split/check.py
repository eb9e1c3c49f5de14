"""Checks of the lab *honest_split*. Days and months are counted in SQL, from the raw year and the answer's parts."""

import itertools

import duckdb
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

ORDER = ["train", "validation", "test"]
DAY = ["year", "month", "day"]
WEATHER = ["temp", "humid", "pressure", "visib", "wind_speed"]

#: The part that a flight must be in, by the rank of its month from the last one.
TRUTH = """
    select
        * exclude (months_later),
        case when months_later < 2 then 'test' when months_later = 2 then 'validation' else 'train' end as truth
    from (select *, dense_rank() over (order by year desc, month desc) - 1 as months_later from flights)
"""


@pytest.fixture(scope="module")
def split(answer, year):
    """The flights with the answer's part of each."""
    flights = year.flights
    return flights[DAY].assign(part=answer.module.parts(flights))


def query(sql, flights):
    with duckdb.connect() as connection:
        connection.register("flights", flights)
        return connection.sql(sql).df()


def misplaced(flights):
    """How many flights are in another part, and a sentence about the first month of them."""
    rows = query(f"select * from ({TRUTH}) where part is distinct from truth order by year, month", flights)
    if rows.empty:
        return 0, ""
    first = rows.iloc[0]
    return len(rows), f"one of {first['year']}-{first['month']:02} is in {first['part']}"


def test_parts(split):
    """Every flight is in one of the three parts, and each part has flights"""
    counts = split["part"].value_counts(dropna=False).to_dict()
    assert set(counts) == set(ORDER), f"your parts and their flights are {counts}; they should be {', '.join(ORDER)}"


def test_no_day_on_both_sides(split):
    """No day is in two parts"""
    days = query(
        "select year, month, day from flights group by all having count(distinct part) > 1 order by all", split
    )
    assert days.empty, (
        f"{len(days)} days are in two parts, the first is {days.iloc[0].tolist()}: there should be none. A model that "
        "has seen some flights of a day knows how its others went"
    )


def test_in_time(split):
    """Every day of the training is before the validation, and that before the test"""
    day = "make_date(year, month, day)::text"
    days = query(f"select part, min({day}) as first, max({day}) as last from flights group by 1", split)
    days = days.set_index("part")
    for earlier, later in itertools.pairwise(ORDER):
        if {earlier, later} <= set(days.index):
            last, first = days.loc[earlier, "last"], days.loc[later, "first"]
            assert last < first, f"your {earlier} goes up to {last}, but your {later} begins with {first}"


def test_months(split):
    """The test is the last two months, the validation the month before"""
    count, example = misplaced(split)
    assert count == 0, f"{count:,} of {len(split):,} flights are in another part: {example}"


def test_row_order(answer, year):
    """The same flights in another order are in the same parts"""
    flights = year.flights.sample(50_000, random_state=2)
    part, sorted_part = answer.module.parts(flights.copy()), answer.module.parts(flights.sort_index())
    assert part.index.equals(flights.index), "the index of your series is not that of the flights"
    differ = (part.sort_index() != sorted_part).sum()
    assert differ == 0, f"{differ:,} of {len(flights):,} flights are in another part when the rows are in another order"


def test_half_a_year(answer, year):
    """The flights of half a year have their own last months"""
    flights = year.flights[lambda table: table["month"].between(2, 7)].sample(20_000, random_state=3)
    count, example = misplaced(flights[DAY].assign(part=answer.module.parts(flights)))
    assert count == 0, f"of flights from February to July, {count:,} of {len(flights):,} are in another part: {example}"


def test_winter(answer, year):
    """A winter goes over New Year: May is after October"""
    flights = year.flights[lambda table: ~table["month"].between(6, 9)].sample(20_000, random_state=4)
    flights["year"] += flights["month"] < 6
    count, example = misplaced(flights[DAY].assign(part=answer.module.parts(flights)))
    assert count == 0, f"of flights from October to May, {count:,} of {len(flights):,} are in another part: {example}"


def test_score(split, year):
    """The score in your test is the score on days that the model has not seen"""
    parts = query(TRUTH, split.reset_index()).set_index("index")
    flights = year.flights[["origin", "hour", "time_hour", "arr_delay"]].join(parts)
    flights = flights[flights["arr_delay"].notna()].sample(20_000, random_state=5)
    flights = flights.merge(year.weather[["origin", "time_hour", *WEATHER]], on=["origin", "time_hour"])
    yours, honest = score(flights, "part"), score(flights, "truth")
    assert yours - honest < 0.01, (
        f"a tree that knows hour and weather has a ROC-AUC of {yours:.2f} in your test, and of about {honest:.1f} in "
        "the months after its training: your users would get the second"
    )


def score(flights, part):
    train, test = flights[flights[part] == "train"], flights[flights[part] == "test"]
    tree = DecisionTreeClassifier(min_samples_leaf=15, random_state=0)
    tree.fit(train[["hour", *WEATHER]], train["arr_delay"] >= 15)
    return roc_auc_score(test["arr_delay"] >= 15, tree.predict_proba(test[["hour", *WEATHER]])[:, 1])
