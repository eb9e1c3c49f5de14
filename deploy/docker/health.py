"""The healthchecks of docker-compose.yml: exit 0 if a service is healthy.

health.py http URL            the URL answers with a status of success
health.py airflow COMPONENT   Airflow's API reports the component as healthy
health.py spark-worker        the Spark master lists this container's worker as alive
"""

import json
import os
import socket
import sys
from urllib.request import ProxyHandler, build_opener


def fetch(url: str) -> bytes:
    """The body of an answer. Raises ``OSError`` if there is no answer, or one without a status of success."""
    with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
        return answer.read()


def is_healthy(kind: str, argument: str = "") -> bool:
    """Run one check. Raises ``OSError`` where nothing answers."""
    if kind == "http":
        fetch(argument)
        return True
    if kind == "airflow":
        components = json.loads(fetch(f"{os.environ['ONTIME_AIRFLOW_URL']}/api/v2/monitor/health"))
        return components[argument]["status"] == "healthy"
    addresses = {socket.gethostname(), *socket.gethostbyname_ex(socket.gethostname())[2]}
    workers = json.loads(fetch("http://spark-master:8080/json/"))["workers"]
    return any(worker["state"] == "ALIVE" and worker["host"] in addresses for worker in workers)


if __name__ == "__main__":
    sys.exit(0 if is_healthy(*sys.argv[1:]) else 1)
