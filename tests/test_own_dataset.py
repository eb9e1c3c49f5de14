"""`ontime dataset new` in a copy of the code: what it writes is published before anybody edits it."""

import json
from random import Random

import duckdb
import pytest

from tests.code_copy import Copy

pytestmark = [pytest.mark.more, pytest.mark.timeout(600)]

#: In a real Airflow, loads March by one trigger, January to March by a backfill, and all three again by one trigger.
#: Prints what is in the lake and in the warehouse after the last two, and the tasks of the training.
BACKFILLS = """
import json
from rich.console import Console
from local_airflow.backfill import backfill
from local_airflow.follow import Chain
from ontime import lake, warehouse
from ontime.settings import settings
from ontime.warehouse import dbt
from tests.end_to_end.running import airflow_with

after = []
with airflow_with(settings.data_dir) as client:
    dbt.remember_unit_tests()
    chain = Chain(client, Console(width=140))

    def trigger(first, last):
        client.trigger("rain", {"first_month": first, "last_month": last, "reprocess": False})
        chain.follow()

    client.set_paused("warehouse", True)
    trigger("2024-03", "2024-03")
    backfill(client, Console(width=140), "2024-01", "2024-03", ["rain"])
    after.append([warehouse.current().version, lake.commits()])
    trigger("2024-01", "2024-03")
    after.append([warehouse.current().version, lake.commits()])
    [training] = client.dag_runs_of("training")
    tasks = {task["task_id"]: task["state"] for task in client.task_instances(training)}
print(json.dumps([after, training["state"], tasks]))
"""
#: Publishes two flights, each with the weather of its hour.
FLIGHTS = """
from ontime import warehouse
from tests.dbt_project.tiny_lake import flight, good_rows, make
rows = {key: records for key, records in good_rows().items() if key[1] != "2013-02"}
make(rows | {("flights", "2013-01"): [
    flight("2013-01-01 05:15", "EWR-IAH", 2, 11), flight("2013-01-01 06:15", "EWR-IAH", 2, 20)
]})
assert warehouse.prepare_candidate()
warehouse.build_candidate()
warehouse.mark_candidate_validated()
warehouse.publish_candidate()
"""


#: The tables of other datasets, and the digest of the rows of one.
OTHER_TABLES = """
select table_name from duckdb_tables()
where schema_name = 'marts' and table_name not like '%pegel%' order by table_name
"""
DIGEST = "select count(*), sum(hash({table}))::varchar from marts.{table}"


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(tmp_path)


def test_a_folder_of_csv_files_is_published_and_its_removal_leaves_no_trace(copy, tmp_path):
    files, chance = tmp_path / "rain", Random(1)
    files.mkdir()
    expected = []
    for month in (1, 2):
        rows = [
            (2024, month, day, gauge, chance.randint(0, 40)) for day in range(1, 29) for gauge in ("north", "south")
        ]
        lines = ["year,month,day,gauge,millimeters", *(",".join(map(str, row)) for row in rows), ""]
        (files / f"2024-{month:02d}.csv").write_text("\n".join(lines))
        expected.append((month, len(rows), sum(row[-1] for row in rows)))
    copy.new(files / "2024-01.csv", name="rain", title="Rain", license="CC0", key="year, month, day, gauge")
    copy.publish("rain --from 2024-01 --to 2024-02")
    assert expected == copy.query(
        "select month(month_start_date), row_count, millimeters_sum from marts.agg_rain_monthly order by 1"
    )
    tested = copy.python("-m", "pytest", "-q", "-n", "0", "tests/spark_jobs/test_rain.py")
    assert "2 passed" in tested
    assert "Nothing to update" in copy.ontime("dataset update rain")
    copy.ontime("dataset remove rain")
    assert copy.git("status", "--porcelain") == []


@pytest.mark.timeout(1200)
def test_a_backfill_in_airflow_loads_any_order_of_months_and_changes_nothing_when_it_is_repeated(copy, tmp_path):
    files, chance = tmp_path / "rain", Random(3)
    files.mkdir()
    expected = []
    for month in (1, 2, 3):
        name, days = f"2024-{month:02d}", range(1, 30)
        rows = [(f"{name}-{day:02d}", gauge, chance.randint(0, 400)) for day in days for gauge in "ab"]
        lines = ["day,gauge,millimeters", *(f"{day},{gauge},{rain / 10}" for day, gauge, rain in rows)]
        (files / f"{name}.csv").write_text("\n".join([*lines, f"{name}-15,c,many", ""]))
        expected.append((month, len(rows), sum(rain for *_, rain in rows)))
    types = "date %Y-%m-%d; string; double"
    copy.new(files / "2024-01.csv", name="rain", title="Rain", license="CC0", types=types, measure="millimeters")
    printed = copy.python("-c", BACKFILLS)
    [first, second], state, tasks = json.loads(printed.splitlines()[-1])
    assert first == second, "loading the same months again has changed something"
    assert [*first[1]] == ["rain/2024-01", "rain/2024-02", "rain/2024-03"]
    assert "2024-02 to 2024-03 (2 to 3 of 3)" in printed, "two small months share a run"
    sums = "select month(month_start_date), row_count, round(10 * millimeters_sum) from marts.agg_rain_monthly"
    assert copy.query(f"{sums} order by 1") == expected
    quarantine = copy.data / "quarantine" / "rain" / "year=*" / "month=*" / "*.parquet"
    rejected = duckdb.sql(f"select raw_millimeters, reason, count(*) from '{quarantine}' group by all").fetchall()
    assert rejected == [("many", "invalid_number", 3)]
    assert (state, tasks.pop("build_features"), {*tasks.values()}) == ("success", "success", {"skipped"})


def digests_of_others(copy: Copy) -> dict[str, tuple]:
    tables = [table for (table,) in copy.query(OTHER_TABLES)]
    return {table: copy.query(DIGEST.format(table=table))[0] for table in tables}


def test_another_delimiter_time_zone_and_key_beside_flights_that_are_not_built_again(copy, tmp_path):
    files, chance = tmp_path / "pegel", Random(2)
    files.mkdir()
    expected = {}
    for month in ("03", "04"):
        rows = [
            (f"{day:02d}.{month}.2024 {hour:02d}:30", station, chance.randint(-50, 900))
            for day in range(1, 31)
            for hour in (1, 13)
            for station in ("Köln", "Bonn")
        ]
        lines = [f"{station};{at};{str(height / 10).replace('.', ',')}" for at, station, height in rows]
        lines.insert(5, "Bonn;31.12.2023 00:00;1,0")
        (files / f"2024-{month}.csv").write_text("\n".join(["Ort;Zeit (Berlin);Pegel in m", *lines, ""]))
        expected[f"2024-{month}-01"] = (len(rows), sum(height for *_, height in rows) / 10)
    copy.new(
        files / "2024-03.csv",
        name="pegel",
        title="Wasserstand am Rhein",
        license="dl-de/by-2-0",
        time_zone="Europe/Berlin",
    )
    copy.python("-c", FLIGHTS)
    before = digests_of_others(copy)
    assert before["fct_flights"][0] == 2 and before.keys() > {"agg_flights_daily", "dim_airports", "fct_weather_hourly"}
    printed = copy.publish("pegel --from 2024-03 --to 2024-04")
    assert "To build in" in printed
    assert "2024-03, 2024-04 on top of 000001-" in printed
    assert digests_of_others(copy) == before
    sums = copy.query("select month_start_date::text, row_count, round(pegel_in_m_sum, 6) from marts.agg_pegel_monthly")
    assert {month: (count, total) for month, count, total in sums} == expected
    # 01:30 and 13:30 in Cologne, in UTC: one hour earlier in winter, two from 31 March on.
    hours = "select distinct hour(zeit_berlin) from marts.fct_pegel where month_start_date = '2024-{}-01' order by 1"
    assert copy.query(hours.format("03")) == [(0,), (12,)]
    assert copy.query(hours.format("04")) == [(11,), (23,)]
    quarantine = copy.data / "quarantine" / "pegel" / "year=2024" / "month=03" / "*.parquet"
    assert duckdb.sql(f"select raw_Ort, reason from '{quarantine}'").fetchall() == [("Bonn", "wrong_month")]

    # A mart that takes the month from the clock loses the hours that are still March in UTC.
    model = copy.folder / "dbt_project" / "models" / "marts" / "pegel" / "fct_pegel.sql"
    rendered = model.read_text()
    lost = "    date_trunc('month', zeit_berlin)::date as month_start_date\n"
    model.write_text(rendered.replace("    month_start_date\n", lost, 1))
    assert model.read_text() != rendered
    copy.ontime("warehouse prepare", "warehouse build")
    refused = copy.refused("check marts")
    assert "dataset=pegel, month=2024-03-01, reading=pegel_in_m, readings_in_lake=120, readings_in_marts=122" in refused
    model.write_text(rendered)

    assert "Nothing to update" in copy.ontime("dataset update pegel")
    copy.ontime("dataset remove pegel")
    assert copy.git("status", "--porcelain") == []
    copy.ontime("warehouse prepare", "warehouse build", "check marts", "warehouse publish")
    assert copy.query("select table_name from duckdb_tables() where table_name like '%pegel%'") == []
    assert digests_of_others(copy) == before
