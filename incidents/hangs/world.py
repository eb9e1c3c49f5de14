"""A publication that never ends and holds the lock of the warehouse, beside one of a colleague."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

#: What both hooks do: they wait, for at most half a day. Nobody ever writes the file.
HOOK = """#!/bin/sh
# Shows version $1 on the screen in the {place}, as soon as the screen is ready.
cd "$(dirname "$0")"
for attempt in $(seq 8640); do
  if [ -e screen_is_ready ]; then exit; fi
  sleep 5
done
"""


def after(world):
    """Start both publications, and write their processes to ``processes.json`` in the world's folder."""
    colleague = world.folder / "colleague"
    copy_of_warehouse(world.data, colleague)
    processes = {
        "holder": _start(world, world.data, "canteen"),
        "colleague": _start(world, colleague, "hall"),
    }
    processes["lock"] = str(world.data / ".locks" / "warehouse")  # the checks run on a copy, which nobody locks
    (world.folder / "processes.json").write_text(json.dumps(processes))


def close(world):
    """End both, if they still run."""
    if not (world.folder / "processes.json").exists():
        return
    for name in ("holder", "colleague"):
        process = running(world, name)
        if process:
            for one in [*process.children(recursive=True), process]:
                with suppress(psutil.NoSuchProcess):
                    one.kill()


def running(world, name):
    """The process of this name; None if it has ended, also if another one has its number now."""
    pid, started_at = json.loads((world.folder / "processes.json").read_text())[name]
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.create_time() == started_at and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def has_ended(world, name, seconds=20):
    """Whether a process has ended, or ends within some seconds: a signal takes effect later."""
    end = time.monotonic() + seconds
    while running(world, name) and time.monotonic() < end:
        time.sleep(0.2)
    return not running(world, name)


def publish(world, data, **settings):
    """The command that publishes the candidate of a data directory with the world's code, and its environment."""
    environment = (
        os.environ | world.environment | {"PYTHONPATH": str(world.code), "ONTIME_DATA_DIR": str(data)} | settings
    )
    return [str(Path(sys.executable).with_name("ontime")), "warehouse", "publish"], environment


def copy_of_warehouse(data, to):
    """A data directory with the same published versions, whose files are links."""
    shutil.copytree(data / "warehouse", to / "warehouse", symlinks=True, copy_function=os.link)


def write_hook(data, text):
    """Write the program that runs after each publication."""
    hook = data / "hooks" / "after_publish"
    hook.parent.mkdir(parents=True)
    hook.write_text(text)
    hook.chmod(0o755)


def lock(world):
    """The file that steps on this world's data directory lock."""
    return json.loads((world.folder / "processes.json").read_text())["lock"]


def _start(world, data, place):
    """Publish again, until the hook runs; returns the process's number and start."""
    write_hook(data, HOOK.replace("{place}", place))
    command, environment = publish(world, data)
    with (data / "publish.log").open("w") as log:
        started = subprocess.Popen(
            command,
            cwd=world.code,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    process, end = psutil.Process(started.pid), time.monotonic() + 120
    while not process.children():
        if started.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"The publication in {data} does not run: {(data / 'publish.log').read_text()}")
        time.sleep(0.1)
    return process.pid, process.create_time()
