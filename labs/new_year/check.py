"""Checks of the lab *new_year*: dbt builds a project with the answer as its only model, month by month.

The truth is computed by pandas from what has landed before each build.
"""

import hashlib
import os

import duckdb
import pandas as pd
import pytest

COLUMNS = ["year", "month", "carrier", "flights", "late_arrivals", "version", "built_at"]
KEY = ["year", "month", "carrier"]
PROJECT = """
name: lab
version: "1.0.0"
profile: lab
flags: {send_anonymous_usage_stats: false}
"""
PROFILE = """
lab:
  target: lab
  outputs:
    lab: {type: duckdb, path: lab.duckdb, threads: 1, config_options: {autoinstall_known_extensions: false}}
"""
SOURCES = """
version: 2
sources:
  - name: landing
    tables: [{name: flights}, {name: months}]
"""


class Project:
    """A dbt project of one model, and the landing tables it reads, in a folder of its own."""

    def __init__(self, folder, model):
        self.folder, self._manifest = folder, None
        (folder / "models").mkdir()
        files = {"dbt_project.yml": PROJECT, "profiles.yml": PROFILE, "models/landing.yml": SOURCES}
        for name, text in {**files, "models/airline_months.sql": model}.items():
            (folder / name).write_text(text, "utf-8")

    def clear(self):
        (self.folder / "lab.duckdb").unlink(missing_ok=True)

    def build(self, flights, versions):
        """Land the flights and the versions of their months, build, and return the table."""
        months = pd.DataFrame([(*month, version) for month, version in versions.items()])
        with duckdb.connect(self.folder / "lab.duckdb") as database:
            database.execute("create schema if not exists landing")
            database.register("flights_landed", flights)
            database.register("months_landed", months.set_axis(["year", "month", "version"], axis=1))
            database.execute("create or replace table landing.flights as from flights_landed")
            database.execute("create or replace table landing.months as from months_landed")
        self._dbt("run")
        with duckdb.connect(self.folder / "lab.duckdb", read_only=True) as database:
            return database.execute("from airline_months").df()

    def _dbt(self, command):
        # Imported here: a run that is stopped by an unreadable answer does not wait for it.
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        places = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        places += ["--quiet", "--log-level-file", "none", "--no-write-json"]
        os.chdir(self.folder)
        if not self._manifest:
            parsed = dbtRunner().invoke(["parse", *places])
            assert parsed.success, f"dbt cannot read your model: {parsed.exception}"
            self._manifest = parsed.result
        outcome = dbtRunner(manifest=self._manifest).invoke([command, *places])
        DuckDBConnectionManager.close_all_connections()
        messages = [str(result.message) for result in outcome.result or [] if str(result.status) == "error"]
        assert outcome.success, f"dbt says: {' '.join(messages) or outcome.exception}"


def truth(flights, versions):
    """The table of a full build, without `built_at`."""
    late = (flights["arr_delay"] >= 15).groupby([flights[name] for name in KEY]).agg(["size", "sum"])
    table = late.set_axis(["flights", "late_arrivals"], axis=1).reset_index()
    table["version"] = [versions[year, month] for year, month in zip(table["year"], table["month"], strict=True)]
    return table


class History:
    """What landed, and the answer's table, after each of five builds."""

    def __init__(self, project, year):
        flights = year.flights.iloc[::5]
        first = int(flights["year"].iloc[0])
        months = {(first, month): rows for month, rows in flights.groupby("month")}
        self.next_january, self.october, self.december = (first + 1, 1), (first, 10), (first, 12)
        new_year = months[first, 2].assign(year=first + 1, month=1)
        december = months[self.december]
        #: The airline that is gone from December when it is published again.
        self.gone = december["carrier"].iloc[0]
        corrected = december[december["carrier"] != self.gone].iloc[10:]
        landed = {month: months[month] for month in [(first, 1), (first, 11), self.december]}
        self.landed, self.tables = [], []
        project.clear()
        for change in [{}, {self.next_january: new_year}, {self.october: months[self.october]},
                       {self.december: corrected}, {}]:  # fmt: skip
            landed = {**landed, **change}
            versions = {month: digest(rows) for month, rows in landed.items()}
            now = pd.concat(landed.values(), ignore_index=True)
            self.landed.append((now, versions))
            self.tables.append(project.build(now, versions))

    def compare(self, build):
        """The answer's table after a build and the right one, outer-joined."""
        table = self.tables[build]
        missing = [name for name in COLUMNS if name not in table]
        assert not missing, f"the table lacks the columns {', '.join(missing)}"
        return table.merge(truth(*self.landed[build]), how="outer", on=KEY, suffixes=("", "_right"), indicator=True)


def digest(rows):
    return hashlib.sha256(rows["arr_delay"].to_numpy().tobytes()).hexdigest()[:12]


def wrong_months(both):
    """The months in which a row is missing, doubled, too many, or has another value."""
    wrong = (both["_merge"] != "both") | both.duplicated(KEY, keep=False)
    for column in ("flights", "late_arrivals", "version"):
        wrong |= both[column] != both[f"{column}_right"]
    return sorted({(int(row.year), int(row.month)) for row in both[wrong].itertuples()})


def report(both):
    """A sentence on the months that are wrong."""
    months = wrong_months(both)
    flights = both.drop_duplicates(KEY)["flights_right"].sum()
    names = ", ".join(f"{year}-{month:02}" for year, month in months)
    return f"{names} differs from a full build; you have {both['flights'].sum():,.0f} flights of {flights:,.0f}"


PROJECTS, HISTORIES = [], {}


@pytest.fixture
def history(answer, year, tmp_path_factory):
    if not PROJECTS:
        PROJECTS.append(Project(tmp_path_factory.mktemp("dbt"), answer.text))
    if year.name not in HISTORIES:
        HISTORIES[year.name] = History(PROJECTS[0], year)
    return HISTORIES[year.name]


def test_first_build(history):
    """The first build gives each month and airline"""
    both = history.compare(0)
    assert not wrong_months(both), report(both)


def test_new_year(history):
    """January of the new year is added, and January of the old one stays"""
    both = history.compare(1)
    assert not wrong_months(both), f"after January of the new year has landed, {report(both)}"


def test_any_order(history):
    """A month that comes late is built"""
    both = history.compare(2)
    both = both[(both["year"] == history.october[0]) & (both["month"] == history.october[1])]
    assert not wrong_months(both), f"after October has landed behind January, {report(both)}"


def test_published_again(history):
    """A month that is published again replaces its old version"""
    both = history.compare(3)
    december = (both["year"] == history.december[0]) & (both["month"] == history.december[1])
    both = both[december & (both["carrier"] != history.gone)]
    assert not wrong_months(both), f"after December was published again, {report(both)}"


def test_airline_gone(history):
    """An airline that is gone from a month when it is published again is gone from the table"""
    table = history.tables[3]
    year, month = history.december
    rows = table[(table["year"] == year) & (table["month"] == month) & (table["carrier"] == history.gone)]
    assert rows.empty, (
        f"{history.gone} is no longer in December: your table still has {rows['flights'].sum():,} of its flights there"
    )


def test_others_stay(history):
    """A build leaves the rows of all other months as they are, and replaces those of changed months"""
    first = history.tables[0].groupby(["year", "month"])["built_at"].min()
    last = history.tables[-1].groupby(["year", "month"])["built_at"].min()
    changed = [month for month in first.index if last.get(month) != first[month]]
    others = [f"{year}-{month:02}" for year, month in changed if (year, month) != history.december]
    assert not others, f"{', '.join(others)} did not change in five builds, and your model built it again"
    again, once_more = (history.tables[build].groupby(["year", "month"])["built_at"].min() for build in (3, 4))
    assert again.equals(once_more), "nothing had changed before the last build, and your model built something"
