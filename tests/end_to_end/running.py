"""A real Airflow with its own port and data directory, for the duration of a module.

Modules with different settings cannot share one: every task is a fork of the scheduler, which has read the settings at
its start, and they are meant to stay the same while Airflow runs. So tests that can have the same settings are in one
module. `make demo` and `make up` start an Airflow of their own, which is what their tests are about.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_airflow.airflow import LocalAirflow, running_airflow
from ontime.settings import settings


@contextmanager
def airflow_with(data_dir: Path, **changes: object) -> Iterator[LocalAirflow]:
    """Run the local Airflow with these settings, which also apply in this process."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        patch.setattr(settings, "port", probe.getsockname()[1])
        probe.close()
        for name, value in {"data_dir": data_dir, **changes}.items():
            patch.setattr(settings, name, value)
        with running_airflow("the tests") as client:
            yield client
