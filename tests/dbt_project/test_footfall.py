"""The pedestrians' models agree with the contract, and their limits with what readers are shown."""

import re

from analysis.footfall import FEWEST_HOURS
from ontime.datasets import footfall
from ontime.settings import PROJECT_DIR, settings

MODELS = settings.dbt_project_dir / "models"
STAGING = (MODELS / "staging" / "footfall" / "stg_lake__footfall.sql").read_text()
CHANGES = (MODELS / "marts" / "footfall" / "fct_footfall_changes.sql").read_text()


def test_every_sensor_is_unpivoted_under_the_name_that_its_publisher_gives_it():
    unpivoted = re.findall(r"(?m)^        (sensor_\w+) as '(.*)',?$", STAGING)
    assert unpivoted == [(footfall.column_of(sensor), sensor) for sensor in footfall.SENSORS]
    clean = [name for name in footfall.DATASET.column_names if name.startswith("sensor_")]
    assert [column for column, _ in unpivoted] == clean
    assert len(set(clean)) == 21


def test_the_report_and_its_page_name_the_limits_of_the_mart():
    assert re.findall(r"hour_count >= (\d+)", CHANGES) == [str(FEWEST_HOURS)]
    [score] = set(re.findall(r"score\) [<>]=? ([\d.]+)", CHANGES))
    [factor] = re.findall(r"ln\((1\.\d+)\)", CHANGES)
    percent = round(100 * (float(factor) - 1))
    report = (PROJECT_DIR / "analysis" / "templates" / "footfall.html").read_text()
    page = (PROJECT_DIR / "docs" / "learn" / "pedestrians.md").read_text()
    assert f"beyond ±{score}" in report and f"over {percent}&nbsp;%" in report
    assert f"Beyond ±{score}" in page and f"over {percent} %" in page
