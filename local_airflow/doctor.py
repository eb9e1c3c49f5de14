"""Can this machine run the project? `make doctor` runs this file with any Python 3, before anything is installed.

Uses only the standard library, and no syntax newer than Python 3.6: a Python that is too old must still
be able to run this file and report its version.
"""

import argparse
import os
import platform
import re
import shutil
import socket
import subprocess
import sys

PROJECT_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON_RANGE = ((3, 11), (3, 13))
JAVA_MINIMUM = 17
MEMORY_GIB = 3
DISK_GIB = 4

INSTALL_JAVA = (
    "install a Java runtime, 17 or newer. Debian/Ubuntu: sudo apt install default-jre-headless"
    " · Fedora: sudo dnf install java-latest-openjdk-headless · macOS: brew install openjdk@21"
)
INSTALL_PYTHON = (
    "install Python 3.11, 3.12 or 3.13 with venv. Debian/Ubuntu: sudo apt install python3 python3-venv"
    " · Fedora: sudo dnf install python3.13 · macOS: brew install python@3.13; or name yours: make PYTHON=python3.13"
)


def check_python():
    """The Python that runs this file; the environment will use it too."""
    version = sys.version_info[:2]
    ok = PYTHON_RANGE[0] <= version <= PYTHON_RANGE[1]
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False, "Python {}.{} without venv".format(*version), INSTALL_PYTHON
    return ok, "Python {}.{} ({})".format(version[0], version[1], sys.executable), INSTALL_PYTHON


def check_java():
    """The Java that Spark will use: the one in JAVA_HOME, else the first on PATH."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.path.exists(java):
        return False, "no Java{}".format(" in JAVA_HOME=" + home if home else ""), INSTALL_JAVA
    printed = subprocess.run([java, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    version = re.search(r'version "(?:1\.)?(\d+)', printed)
    if not version:
        return False, "cannot read the version of {}".format(java), INSTALL_JAVA
    return int(version.group(1)) >= JAVA_MINIMUM, "Java {} ({})".format(version.group(1), java), INSTALL_JAVA


def check_platform():
    """Linux or macOS; on Windows, Linux inside WSL2."""
    fix = "on Windows use WSL2 (wsl --install, then clone and run inside it), or containers: docker compose up"
    return platform.system() in ("Linux", "Darwin"), platform.system(), fix


def check_memory():
    """Available memory; total memory where the system does not report what is available."""
    fix = "close other programs: Airflow, Spark and dbt together use up to {} GiB".format(MEMORY_GIB)
    try:
        with open("/proc/meminfo") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        gib = int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError):
        gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return gib >= MEMORY_GIB, "{:.1f} GiB of memory free".format(gib), fix


def check_disk(folder):
    """Space for the environment (2 GiB) and the data (1 GiB)."""
    gib = shutil.disk_usage(folder).free / 2**30
    return gib >= DISK_GIB, "{:.1f} GiB of disk free".format(gib), "free {} GiB on the project's disk".format(DISK_GIB)


def check_port(port):
    """The port of Airflow's UI on 127.0.0.1."""
    fix = "choose another port: ONTIME_PORT={} make …; or stop the program that uses this one".format(port + 1)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False, "port {} is busy".format(port), fix
    return True, "port {} is free".format(port), fix


def configured_port():
    """ONTIME_PORT as ontime/settings.py reads it: from the environment, else from the project's `.env`, else 8080."""
    if os.environ.get("ONTIME_PORT"):
        return int(os.environ["ONTIME_PORT"])
    try:
        with open(os.environ.get("ONTIME_ENV_FILE", os.path.join(PROJECT_DIR, ".env"))) as env_file:
            ports = re.findall(r"^ONTIME_PORT=[\"']?(\d+)", env_file.read(), re.MULTILINE)
    except OSError:
        ports = []
    return int(ports[-1]) if ports else 8080


def main(arguments=None):
    """Print one line per check; return 1 if one failed, else 0."""
    parser = argparse.ArgumentParser(description="Check that this machine can run the project.")
    parser.add_argument("--port", type=int, default=configured_port(), help="the port that Airflow's UI will use")
    parser.add_argument("--quiet", action="store_true", help="print only failed checks")
    options = parser.parse_args(arguments)
    checks = [check_platform(), check_python(), check_java(), check_memory(), check_disk(PROJECT_DIR)]
    checks.append(check_port(options.port))
    for ok, state, fix in checks:
        if not ok:
            print("✗ {}\n  → {}".format(state, fix))
        elif not options.quiet:
            print("✓ {}".format(state))
    return 0 if all(ok for ok, _, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
