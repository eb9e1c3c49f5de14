"""The settings of a session depend on its master."""

import os
import subprocess
import sys

import pytest


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
