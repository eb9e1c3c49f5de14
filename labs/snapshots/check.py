"""Checks of the lab *snapshots*: dbt takes the answer's snapshot after each delivery, then builds the answer's model.

The truth is computed by pandas from the deliveries themselves.
"""

import os

import duckdb
import numpy as np
import pandas as pd
import pytest

COLUMNS = ["flight_id", "flight_date", "tail_number", "model", "seats"]
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
    tables: [{name: flights}]
  - name: registry
    tables: [{name: aircraft}]
"""


class Project:
    """A dbt project of one snapshot and one model, in a folder of its own."""

    def __init__(self, folder, answer):
        self.folder, self._manifest = folder, None
        files = {
            "dbt_project.yml": PROJECT,
            "profiles.yml": PROFILE,
            "models/sources.yml": SOURCES,
            "models/flight_aircraft.sql": answer.text,
            "snapshots/aircraft_history.yml": (answer.folder / "aircraft_history.yml").read_text("utf-8"),
        }
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8")

    def clear(self):
        (self.folder / "lab.duckdb").unlink(missing_ok=True)

    def land(self, name, table):
        """Replace a source table, for example ``registry.aircraft``."""
        with duckdb.connect(self.folder / "lab.duckdb") as database:
            database.execute(f"create schema if not exists {name.partition('.')[0]}")
            database.register("landed", table)
            database.execute(f"create or replace table {name} as from landed")

    def read(self, name):
        with duckdb.connect(self.folder / "lab.duckdb", read_only=True) as database:
            return database.execute(f"from {name}").df()

    def dbt(self, command):
        # Imported here: a run that is stopped by an unreadable answer does not wait for it.
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        places = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        places += ["--quiet", "--log-level-file", "none", "--no-write-json"]
        os.chdir(self.folder)
        if not self._manifest:
            parsed = dbtRunner().invoke(["parse", *places])
            assert parsed.success, f"dbt cannot read your files: {parsed.exception}"
            self._manifest = parsed.result
        outcome = dbtRunner(manifest=self._manifest).invoke([command, *places])
        DuckDBConnectionManager.close_all_connections()
        messages = [str(result.message) for result in outcome.result or [] if str(result.status) == "error"]
        assert outcome.success, f"dbt says: {' '.join(messages) or outcome.exception}"


def dates(flights):
    """The local date of each flight, as DuckDB's `date`."""
    return pd.to_datetime(flights[["year", "month", "day"]]).dt.date


def deliveries(year, flights):
    """Four deliveries of the register, the second equal to the first.

    Changes are made up: they begin on a day on which the aircraft flies, in spring and in autumn.
    """
    random = np.random.default_rng(len(flights))
    first = int(year.flights["year"].iloc[0])
    register = year.planes[["tailnum", "model", "seats"]].rename(columns={"tailnum": "tail_number"})
    register = register.assign(valid_since=pd.Timestamp(first - 3, 1, 1).date())
    new = random.random(len(register)) < 0.05
    of_register = flights[flights["tail_number"].isin(register["tail_number"])]

    def changed(before, months):
        """The register with other seats, or another aircraft, under a tenth of the numbers."""
        days = of_register[[date.month in months for date in of_register["flight_date"]]]
        days = days.sample(frac=1, random_state=1).groupby("tail_number")["flight_date"].first()
        days = days.sample(frac=0.1, random_state=min(months))
        is_changed = before["tail_number"].isin(days.index)
        reused = is_changed & (random.random(len(before)) < 0.4)
        return before.assign(
            model=before["model"].where(~reused, "DHC-6"),
            seats=before["seats"].where(~is_changed, before["seats"] + 12),
            valid_since=before["tail_number"].map(days).where(is_changed, before["valid_since"]),
        )

    spring = register.assign(valid_since=register["valid_since"].where(~new, pd.Timestamp(first, 3, 20).date()))
    second = changed(spring, (4, 5, 6))
    return [register[~new], register[~new], second, changed(second, (8, 9, 10, 11))]


class History:
    """The deliveries, and what the answer makes of them."""

    def __init__(self, project, year):
        flights = year.flights.iloc[::5]
        self.flights = pd.DataFrame({"flight_id": range(len(flights)), "flight_date": dates(flights).to_numpy()})
        self.flights["tail_number"] = flights["tailnum"].to_numpy()
        register = deliveries(year, self.flights)
        #: Each entry that was ever delivered.
        self.entries = pd.concat(register).drop_duplicates(["tail_number", "valid_since"])
        project.clear()
        project.land("landing.flights", self.flights)
        for delivery in register:
            project.land("registry.aircraft", delivery)
            project.dbt("snapshot")
        project.dbt("run")
        self.snapshot, self.table = project.read("aircraft_history"), project.read("flight_aircraft")
        missing = [name for name in COLUMNS if name not in self.table]
        assert not missing, f"the table lacks the columns {', '.join(missing)}"

    def truth(self):
        """Each flight with the entry of its day; whether that is the last one, and whether it is new on that day."""
        entries = self.entries.astype({"valid_since": "datetime64[s]"}).sort_values("valid_since")
        entries["last"] = ~entries.duplicated("tail_number", keep="last")
        flights = self.flights.dropna().astype({"flight_date": "datetime64[s]"}).sort_values("flight_date")
        joined = pd.merge_asof(flights, entries, left_on="flight_date", right_on="valid_since", by="tail_number")
        joined["on_the_day"] = joined["flight_date"] == joined["valid_since"]
        truth = self.flights[["flight_id"]].merge(joined, how="left", on="flight_id")
        return truth.assign(on_the_day=truth["on_the_day"].eq(True))

    def check(self, which, sentence):
        """Compare model and seats of the flights that ``which`` picks from the right table."""
        truth = self.truth()
        right = truth[which(truth)]
        mine = self.table[["flight_id", "model", "seats"]]
        both = right.merge(mine, how="left", on="flight_id", suffixes=("", "_mine"))
        doubled = both.duplicated("flight_id").sum()
        assert not doubled, f"{sentence} {doubled:,} of {len(right):,} have more than one row in your table"
        lost = (~right["flight_id"].isin(mine["flight_id"])).sum()
        assert not lost, f"{sentence} {lost:,} of {len(right):,} have no row in your table"
        wrong = [
            (both[name] != both[f"{name}_mine"]) & ~(both[name].isna() & both[f"{name}_mine"].isna())
            for name in ("model", "seats")
        ]
        wrong = wrong[0] | wrong[1]
        empty = (wrong & both["seats_mine"].isna()).sum()
        assert not wrong.any(), (
            f"{sentence} {wrong.sum():,} of {len(right):,} have another aircraft in your table, {empty:,} of these none"
        )


PROJECTS, HISTORIES = [], {}


@pytest.fixture
def history(answer, year, tmp_path_factory):
    if not PROJECTS:
        PROJECTS.append(Project(tmp_path_factory.mktemp("dbt"), answer))
    if year.name not in HISTORIES:
        HISTORIES[year.name] = History(PROJECTS[0], year)
    return HISTORIES[year.name]


def test_history(history):
    """The snapshot has one row for each entry that was delivered"""
    mine, right = history.snapshot, history.entries
    assert len(mine) == len(right), (
        f"four deliveries had {len(right):,} different entries: your snapshot has {len(mine):,}"
    )


def test_before_a_change(history):
    """A flight before a change has the aircraft of before"""
    history.check(lambda flights: flights["last"].eq(False), "Of flights before a change,")


def test_day_of_a_change(history):
    """On the day of a change a flight has the new aircraft"""
    history.check(lambda flights: flights["on_the_day"], "Of flights on the day of a change,")


def test_after_the_last_change(history):
    """A flight after the last change has the aircraft of today"""
    history.check(
        lambda flights: flights["last"].eq(True) & ~flights["on_the_day"].eq(True), "Of flights after all changes,"
    )


def test_unknown_aircraft(history):
    """A flight whose aircraft is not known keeps its row"""
    history.check(
        lambda flights: flights["seats"].isna(), "Of flights whose aircraft was not in the register on that day,"
    )


def test_no_more(history):
    """There are no other flights in the table"""
    more = len(history.table) - len(history.flights)
    assert more <= 0, f"your table has {more:,} rows more than there are flights"
