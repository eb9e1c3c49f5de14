"""The settings of a session depend on its master."""

import os
import subprocess
import sys

import pytest

from ontime.settings import PROJECT_DIR, settings
from spark_jobs.engine.session import driver_address


@pytest.mark.parametrize(
    ("setting", "master", "expected"),
    [
        pytest.param({}, "local[2]", "true 3600m", id="one machine: the default size"),
        pytest.param({"ONTIME_SPARK_SORT_MEMORY": "1g"}, "local[*]", "true 1g", id="another size"),
        pytest.param({"ONTIME_SPARK_SORT_MEMORY": "0"}, "local[*]", "None None", id="0: on the heap"),
        pytest.param({}, "spark://host:7077", "None None", id="a cluster: its executors have their own limits"),
    ],
)
def test_rows_to_sort_are_off_the_heap_on_one_machine(setting, master, expected):
    names = ("spark.memory.offHeap.enabled", "spark.memory.offHeap.size")
    program = (
        f"from spark_jobs.engine.session import conf_for; conf = conf_for({master!r}); print(*map(conf.get, {names!r}))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ONTIME_SPARK_SORT_MEMORY"}
    done = subprocess.run([sys.executable, "-c", program], env=environment | setting, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr


@pytest.mark.parametrize(
    ("master", "expected"),
    [
        pytest.param("spark://127.0.0.1:7077", "127.0.0.1", id="the loopback network reaches a master on this machine"),
        pytest.param("spark://127.0.0.1:7077,127.0.0.2:7077", "127.0.0.1", id="the first of several masters"),
        pytest.param("spark://host.invalid:7077", None, id="an unknown master: Spark reports it"),
        pytest.param("local[2]", None, id="one machine"),
        pytest.param("yarn", None, id="YARN names no address"),
    ],
)
def test_executors_reach_the_driver_on_the_network_of_the_master(master, expected):
    assert driver_address(master) == expected


@pytest.mark.more
@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        pytest.param([], "{'spark.driver.host': '127.0.0.1'}", id="the address towards the master"),
        pytest.param(["--conf", "spark.driver.host=192.0.2.1"], "{}", id="an address that was set stays"),
    ],
)
def test_a_submitted_program_names_its_address(tmp_path, setting, expected):
    program = tmp_path / "program.py"
    program.write_text("from spark_jobs.engine.session import driver_conf; print(driver_conf(None))")
    submit = [settings.spark_home / "bin" / "spark-submit", "--master", "spark://127.0.0.1:7077", *setting, program]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_DIR), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(submit, env=environment, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr
