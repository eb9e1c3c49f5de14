"""How sessions are set up by master."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("setting", "master", "told"),
    [
        pytest.param({}, "local[2]", "true 3600m", id="one machine: what the setting says"),
        pytest.param({"ONTIME_SPARK_SORT_MEMORY": "1g"}, "local[*]", "true 1g", id="another size"),
        pytest.param({"ONTIME_SPARK_SORT_MEMORY": "0"}, "local[*]", "None None", id="nothing, so within the heap"),
        pytest.param({}, "spark://host:7077", "None None", id="a cluster: its executors have limits of their own"),
    ],
)
def test_rows_to_sort_lie_beside_the_heap_on_one_machine(setting, master, told):
    names = ("spark.memory.offHeap.enabled", "spark.memory.offHeap.size")
    program = (
        f"from spark_jobs.engine.session import conf_for; conf = conf_for({master!r}); print(*map(conf.get, {names!r}))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ONTIME_SPARK_SORT_MEMORY"}
    done = subprocess.run([sys.executable, "-c", program], env=environment | setting, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (told, 0), done.stderr
