"""The lake: damaged files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import cli.check
import cli.download
import cli.warehouse
from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from spark_jobs.engine.job import Job
from tests.faults import small_lake
from tests.faults.fault import Fault, Verdict
from tests.faults.small_lake import MONTH, january, publish, raw_contents, raw_manifest

app = typer.Typer()
app.command()(cli.download.download)


def changed_manifest(**changes) -> Callable[[Path], None]:
    """A manifest of clean rows with other values."""

    def change(file: Path) -> None:
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def dangling(link: Path) -> None:
    shutil.rmtree(link.resolve())


def of_another_month(file: Path) -> None:
    shutil.copyfile(lake.clean_partition_dir("flights", small_lake.NEXT) / "_manifest.json", file)


#: What happens to a file, for JSON files.
DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut in the middle": cut,
    "binary": lambda file: file.write_bytes(bytes(range(256))),
    "of another type": lambda file: file.write_text('["versions"]'),
    "missing": lambda file: file.unlink(),
}

# -- clean: file, damage, message ----------------------------------------------------
CLEAN = [
    *(
        Fault(f"_manifest.json is {name}", "clean month", Verdict.REFUSED, f"_manifest.json is {word}", cause=damage)
        for (name, damage), word in zip(DAMAGES.items(), ("empty", *["damaged"] * 3, "missing"), strict=True)
    ),
    Fault(
        "_manifest.json has a text for a number",
        "clean month",
        Verdict.REFUSED,
        "_manifest.json is damaged",
        cause=changed_manifest(rows_clean="5"),
    ),
    Fault(
        "_manifest.json has lost rows",
        "clean month",
        Verdict.REFUSED,
        "_manifest.json is damaged",
        cause=changed_manifest(rows_clean=4),
    ),
    Fault(
        "_manifest.json is another month's",
        "clean month",
        Verdict.REFUSED,
        f"_manifest.json is that of flights {small_lake.NEXT}",
        cause=of_another_month,
    ),
    Fault("its link points to nothing", "clean month", Verdict.REFUSED, "its link points to nothing", cause=dangling),
]
PARQUET = {
    Fault(f"{file} {name}", "clean month", Verdict.REFUSED, f"{file} {message}", cause=damage): file
    for file in ("part-00000.parquet", "_quarantine/part-00000.parquet")
    for name, message, damage in (
        ("has another byte", "was changed", one_byte),
        ("is cut", "was changed", cut),
        ("is missing", "is missing", Path.unlink),
    )
}
EXTRA = Fault(
    "a Parquet file was added",
    "clean month",
    Verdict.REFUSED,
    "part-00001.parquet was not committed with it",
    cause=lambda file: shutil.copyfile(file, file.with_name("part-00001.parquet")),
)
PARQUET[EXTRA] = "part-00000.parquet"


@pytest.fixture
def message(lake_dir):
    """Run `ontime warehouse prepare` and return its one line on standard error."""

    def prepare() -> str:
        result = CliRunner().invoke(cli.warehouse.app, ["prepare"])
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        [line] = result.stderr.splitlines()
        assert not settings.warehouse_candidate.exists()
        assert not settings.candidate_changes_dir.exists(), "dbt has nothing to read"
        return line

    return prepare


def _damage(fault: Fault) -> str:
    """Cause the fault; return the message that names it."""
    if fault in PARQUET:
        fault.cause(january().resolve() / PARQUET[fault])
    elif fault.cause is dangling:
        dangling(january())
    else:
        fault.cause(january() / "_manifest.json")
    return (
        f"Clean flights is not as it was committed: {MONTH} ({fault.message}); "
        f"clean again: `ontime clean flights --from {MONTH} --reprocess`."
    )


@pytest.mark.parametrize("fault", [*CLEAN, *PARQUET], ids=str)
def test_nothing_is_built_from_a_damaged_month(fault, message, capsys):
    expected = _damage(fault)
    assert message() == expected
    # Cleaning does not take it for done, and the next commit repairs it.
    raw = lake.RawFile("flights", MONTH, "raw.csv", "", 0, "raw", 0, "")
    assert not Job.of("flights").has_cleaned(raw)
    assert capsys.readouterr().out.strip() == expected
    small_lake.flights()
    assert small_lake.january_as_read() == (5, 2, True)
    lake.snapshot(settings.candidate_inputs_dir)


def test_every_damaged_month_is_named_in_one_message(message):
    one_byte(january().resolve() / "part-00000.parquet")
    cut(lake.clean_partition_dir("weather", small_lake.NEXT).resolve() / "part-00000.parquet")
    cut(lake.clean_partition_dir("flights", small_lake.NEXT).resolve() / "part-00000.parquet")
    assert message() == (
        "Clean flights is not as it was committed: 2013-01 (part-00000.parquet was changed), "
        "2013-02 (part-00000.parquet was changed); clean again: "
        "`ontime clean flights --from 2013-01 --to 2013-02 --reprocess`. "
        "Clean weather is not as it was committed: 2013-02 (part-00000.parquet was changed); clean again: "
        "`ontime clean weather --from 2013-02 --reprocess`."
    )


def test_a_damaged_month_is_named_before_it_is_searched_for_changed_values(message):
    cut(january().resolve() / "_quarantine" / "part-00000.parquet")
    small_lake.airports(EWR="America/Chicago")
    assert f"{MONTH} (_quarantine/part-00000.parquet was changed); clean again:" in message()


@pytest.mark.more
def test_the_gate_refuses_a_damaged_month_in_one_line(lake_dir):
    cut(january().resolve() / "part-00000.parquet")
    result = CliRunner().invoke(cli.check.app, ["clean", "flights", "--from", MONTH])
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.endswith("`ontime clean flights --from 2013-01 --reprocess`.")


def test_a_commit_of_an_earlier_version_is_used_without_its_digests(lake_dir):
    before = lake.commits()
    file = january().resolve() / "_manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["parquet_files"], manifest["lookups_sha256"]
    file.write_text(json.dumps(manifest))
    lake.snapshot(settings.candidate_inputs_dir)
    assert lake.commits(settings.candidate_inputs_dir) == before, "what is published would look changed"
    assert lake.stale_reasons() == []


def test_a_copy_without_links_is_read_and_committed_to(lake_dir, tmp_path):
    """``cp -rL`` and archives turn links into folders."""
    for folder in ("clean", "quarantine"):
        copy = shutil.copytree(lake_dir / folder, tmp_path / folder, ignore=shutil.ignore_patterns(".versions"))
        shutil.rmtree(lake_dir / folder)
        copy.rename(lake_dir / folder)
    assert small_lake.january_as_read() == (5, 2, True)
    small_lake.flights()
    assert small_lake.january_as_read() == (5, 2, True)
    assert january().is_symlink()


# -- raw -----------------------------------------------------------------------------
RAW = [
    Fault(f"manifest.json is {name}", "raw partition with one file", Verdict.HEALED, "unknown", cause=damage)
    for name, damage in DAMAGES.items()
]
RAW_VERSIONS = [
    Fault(
        f"manifest.json is {name}",
        "raw partition with two versions",
        Verdict.REFUSED,
        "run the download again (`ontime download airlines`).",
        cause=damage,
    )
    for name, damage in DAMAGES.items()
]
RAW_FILES = [
    Fault(
        f"the file {name}",
        "raw partition",
        Verdict.REFUSED,
        "run the download again (`ontime download airlines`).",
        cause=damage,
    )
    for name, damage in {"has another byte": one_byte, "is cut": cut, "is missing": Path.unlink}.items()
]


@pytest.fixture
def download_again(lake_dir):
    def run() -> str:
        result = CliRunner().invoke(app, ["airlines"])
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    return run


@pytest.mark.parametrize("fault", RAW, ids=str)
def test_the_manifest_of_one_raw_file_is_derived(fault, download_again):
    before = lake.current_raw("airlines", ALL)
    fault.cause(raw_manifest())
    derived = lake.current_raw("airlines", ALL)
    assert (derived.file_name, derived.sha256, derived.row_count) == (before.file_name, before.sha256, 1)
    assert derived.source == derived.fetched_at == "unknown: the manifest was lost"
    download_again()
    healed = lake.current_raw("airlines", ALL)
    assert healed.source == str(settings.source_dir / "airlines" / "all.csv")
    assert healed.fetched_at.startswith("20")


@pytest.mark.parametrize("fault", RAW_VERSIONS, ids=str)
def test_the_current_one_of_two_raw_files_is_not_guessed(fault, download_again):
    publish("UA,United Air Lines")
    download_again()
    fault.cause(raw_manifest())
    with pytest.raises(lake.CorruptRawFile, match="do not say which one is current") as refused:
        lake.current_raw("airlines", ALL)
    assert str(refused.value).endswith(fault.message)
    publish("UA,United")
    download_again()
    assert raw_contents() == ["UA,United Air Lines", "UA,United"], "the version that was not downloaded again stays"


@pytest.mark.parametrize("fault", RAW_FILES, ids=str)
def test_a_damaged_raw_file_is_refused_and_downloaded_again(fault, download_again):
    fault.cause(lake.current_raw("airlines", ALL).path)
    with pytest.raises(lake.CorruptRawFile) as refused:
        lake.current_raw("airlines", ALL)
    assert str(refused.value).endswith(fault.message)
    download_again()
    assert raw_contents() == ["UA,United"]


def test_a_manifest_copied_from_another_partition_is_not_believed(lake_dir):
    other = lake.raw_partition_dir("airports", ALL)
    other.mkdir(parents=True)
    shutil.copyfile(raw_manifest(), other / "manifest.json")
    with pytest.raises(lake.CorruptRawFile, match=r"airports/all/manifest\.json is lost or damaged"):
        lake.current_raw("airports", ALL)


FAULTS = [*CLEAN, *PARQUET, *RAW, *RAW_VERSIONS, *RAW_FILES]
