"""The lake: values that were looked up have changed."""

import csv
from collections.abc import Callable, Iterable

import pytest
from typer.testing import CliRunner

import cli.warehouse
from ontime import lake
from ontime.contract import ALL
from ontime.settings import Settings, settings
from spark_jobs.engine.job import Job
from tests.faults import small_lake
from tests.faults.fault import Fault, Verdict
from tests.faults.small_lake import MONTH, NEXT, airlines, airports, january

#: In the small lake EWR, LGA and IAH have flights in January, JFK and SJU in both months.
BOTH = [MONTH, NEXT]


def quick_first(faults: Iterable[Fault], number: int) -> list:
    """The first faults for `make test`, all for `make test-more`."""
    return [
        fault if position < number else pytest.param(fault, marks=pytest.mark.more)
        for position, fault in enumerate(faults)
    ]


def without_kept_values(lake_dir) -> None:
    (january().resolve() / "_lookups.json").unlink()
    airports(BOS="America/New_York")


def with_changed_kept_values(lake_dir) -> None:
    (january().resolve() / "_lookups.json").write_text("{}")
    airports(BOS="America/New_York")


def stale(name: str, cause: Callable, *changed: str, months: list[str]) -> tuple[Fault, list[str]]:
    return Fault(name, "prepare", Verdict.REFUSED, f"have changed ({'; '.join(changed)})", cause), months


STALE = dict(
    [
        stale(
            "an airport's zone is corrected",
            lambda _: airports(EWR="America/Chicago"),
            "time zones: EWR",
            months=[MONTH],
        ),
        stale(
            "the zone of an airport of both months is corrected",
            lambda _: airports(JFK="America/Chicago"),
            "time zones: JFK",
            months=BOTH,
        ),
        stale("an airport is removed", lambda _: airports("IAH"), "time zones: IAH", months=[MONTH]),
        stale(
            "an airport arrives, which rejected rows name",
            lambda _: airports(XNA="America/Chicago"),
            "time zones: XNA",
            months=[MONTH],
        ),
        stale(
            "an airline arrives, which rejected rows name",
            lambda _: airlines("UA", "ZW"),
            "airline codes: ZW",
            months=[MONTH],
        ),
        stale("an airline is removed", lambda _: airlines("AA"), "airline codes: UA", months=BOTH),
        stale(
            "a zone in the project's seed is corrected",
            lambda change_seed: change_seed("SJU", "America/Chicago"),
            "time zones: SJU",
            months=BOTH,
        ),
    ]
)
UNKNOWN = [
    Fault(f"what a month has looked up {what}", "prepare", Verdict.REFUSED, "must be cleaned again", cause)
    for what, cause in {"is lost": without_kept_values, "was changed by hand": with_changed_kept_values}.items()
]
HARMLESS = [
    Fault(name, "prepare", Verdict.HARMLESS, cause=cause)
    for name, cause in {
        "airports are cleaned again, with the same values": lambda _: airports(),
        "an airport without flights is corrected": lambda _: airports(BOS="America/Chicago"),
        "an airport that the project's seed overrides is corrected": lambda _: airports(SJU="America/Chicago"),
        "an airline without flights arrives": lambda _: airlines("UA", "AA"),
    }.items()
]


@pytest.fixture
def change_seed(tmp_path, monkeypatch):
    """Change an airport's zone in a copy of the seed."""

    def change(code: str, zone: str) -> None:
        with settings.airport_supplement.open(newline="") as lines:
            rows = [row | ({"time_zone": zone} if row["airport_code"] == code else {}) for row in csv.DictReader(lines)]
        copy = tmp_path / "seed.csv"
        with copy.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        seed = Settings.seed
        monkeypatch.setattr(
            Settings, "seed", lambda self, name: copy if name == "airport_supplement" else seed(self, name)
        )

    return change


def prepare() -> str:
    """Run `ontime warehouse prepare`; return what it prints, as one line."""
    result = CliRunner().invoke(cli.warehouse.app, ["prepare"])
    assert (result.exit_code, result.stderr) == (0, "")
    return " ".join(result.stdout.split())


def has_cleaned() -> list[str]:
    """The months that the next cleaning would skip."""
    months = lake.clean_partitions("flights")
    job = Job.of("flights")
    job.__dict__["sha256"] = "job"  # as in the manifests of the small lake
    return [
        month.partition
        for month in months
        if job.has_cleaned(lake.RawFile("flights", month.partition, "raw.csv", "", 0, "raw", 0, ""))
    ]


@pytest.mark.parametrize("fault", quick_first(STALE, 2), ids=str)
def test_nothing_is_built_until_stale_months_are_cleaned_again(fault, lake_dir, change_seed):
    assert has_cleaned() == BOTH
    fault.cause(change_seed)
    months = STALE[fault]
    options = f"--from {months[0]}" + (f" --to {months[-1]}" if len(months) > 1 else "")
    assert prepare() == (
        f"Nothing built yet. Waiting for clean data: flights of {', '.join(months)} must be cleaned again, because "
        f"values that were used for it {fault.message}: `ontime clean flights {options}`, "
        f"then `ontime check clean flights {options}`."
    )
    assert not settings.warehouse_candidate.exists()
    assert has_cleaned() == [month for month in BOTH if month not in months], "exactly the stale months are cleaned"
    for month in months:
        small_lake.flights(month)
    assert lake.stale_reasons() == []
    assert has_cleaned() == BOTH
    assert prepare().startswith("To build in ")


@pytest.mark.parametrize("fault", UNKNOWN, ids=str)
def test_a_month_that_cannot_be_compared_is_stale(fault, lake_dir):
    fault.cause(lake_dir)
    assert fault.message in prepare()
    assert [partition.partition for partition in lake.stale("flights")] == [MONTH]


@pytest.mark.parametrize("fault", quick_first(HARMLESS, 1), ids=str)
def test_other_changes_stop_nothing(fault, lake_dir, change_seed):
    fault.cause(change_seed)
    assert has_cleaned() == BOTH
    assert prepare().startswith("To build in ")


NEWER = Fault("a raw file is newer than the clean month", "prepare", Verdict.HARMLESS)
MEANWHILE = Fault("a month is re-published while it is cleaned", "clean", Verdict.HEALED)


def test_a_newer_raw_file_stops_no_build_and_is_cleaned_next(lake_dir, tmp_path):
    """The newer file may fail its gate. The published data is still right: it is the publisher's earlier version."""
    file = tmp_path / "new.csv"
    file.write_text("carrier,name\nUA,United\n")
    raw = lake.store_raw("flights", MONTH, file, "test")
    assert prepare().startswith("To build in ")
    assert not Job.of("flights").has_cleaned(raw)


def test_a_month_re_published_while_it_is_cleaned_is_cleaned_again(lake_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(Job, "sha256", "job")
    versions = []
    for text in ("old", "new"):
        file = tmp_path / f"{text}.csv"
        file.write_text(f"carrier,name\nUA,{text}\n")
        versions.append(lake.store_raw("flights", MONTH, file, "test"))
    small_lake.flights(raw=versions[0].sha256)  # the cleaning had begun with the old file
    assert not Job.of("flights").has_cleaned(lake.current_raw("flights", MONTH))
    small_lake.flights(raw=versions[1].sha256)
    assert Job.of("flights").has_cleaned(lake.current_raw("flights", MONTH))


MISSING = {
    Fault(
        f"{' and '.join(missing)} are not clean", "clean flights", Verdict.REFUSED, "airports airlines`, first"
    ): missing
    for missing in (["airports"], ["airlines"], ["airports", "airlines"])
}


@pytest.mark.parametrize("fault", MISSING, ids=str)
def test_a_missing_table_is_named_with_its_command(fault, lake_dir):
    for dataset in MISSING[fault]:
        lake.clean_partition_dir(dataset, ALL).unlink()
    with pytest.raises(lake.MissingPartition, match=r"or `ontime clean airports airlines`, first\."):
        lake.current_lookups("flights")


FAULTS = [*STALE, *UNKNOWN, *HARMLESS, NEWER, MEANWHILE, *MISSING]
