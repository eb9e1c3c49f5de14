"""Can this machine run the project? Run by any Python 3, before anything is installed: `make doctor`.

Only the standard library, and no syntax newer than Python 3.6: a Python that is
too old must get as far as being told so.
"""

import argparse
import os
import platform
import re
import shutil
import socket
import subprocess
import sys

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
    """The Python that runs this file, which will be the environment's."""
    version = sys.version_info[:2]
    ok = PYTHON_RANGE[0] <= version <= PYTHON_RANGE[1]
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False, "Python {}.{} without venv".format(*version), INSTALL_PYTHON
    return ok, "Python {}.{} ({})".format(version[0], version[1], sys.executable), INSTALL_PYTHON


def check_java():
    """The Java that Spark will use: JAVA_HOME's, else the first on PATH."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.path.exists(java):
        return False, "no Java{}".format(" in JAVA_HOME=" + home if home else ""), INSTALL_JAVA
    printed = subprocess.run([java, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    found = re.search(r'version "(?:1\.)?(\d+)', printed)
    if not found:
        return False, "{} does not tell its version".format(java), INSTALL_JAVA
    return int(found.group(1)) >= JAVA_MINIMUM, "Java {} ({})".format(found.group(1), java), INSTALL_JAVA


def check_platform():
    """Linux, macOS, or Linux inside Windows."""
    fix = "on Windows use WSL2 (wsl --install, then clone and run inside it), or the container path: docker compose up"
    return platform.system() in ("Linux", "Darwin"), platform.system(), fix


def check_memory():
    """Memory that programs can still take; the whole memory where the system does not say."""
    fix = "close other programs: Airflow, Spark and dbt together take up to {} GiB".format(MEMORY_GIB)
    try:
        with open("/proc/meminfo") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        gib = int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError):
        gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return gib >= MEMORY_GIB, "{:.1f} GiB of memory free".format(gib), fix


def check_disk(folder):
    """Room for the environment (2 GiB) and the data (1 GiB)."""
    gib = shutil.disk_usage(folder).free / 2**30
    return gib >= DISK_GIB, "{:.1f} GiB of disk free".format(gib), "free {} GiB where the project lies".format(DISK_GIB)


def check_port(port):
    """The port of Airflow's UI, on loopback."""
    fix = "choose another port: ONTIME_PORT={} make …; or end what listens there".format(port + 1)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False, "port {} is busy".format(port), fix
    return True, "port {} is free".format(port), fix


def main():
    """Print a line per check; exit 1 when one failed."""
    parser = argparse.ArgumentParser(description="Check that this machine can run the project.")
    parser.add_argument("--port", type=int, default=8080, help="the port that Airflow's UI will use")
    parser.add_argument("--quiet", action="store_true", help="print only what is wrong")
    options = parser.parse_args()
    folder = os.path.dirname(os.path.abspath(__file__))
    checks = [check_platform(), check_python(), check_java(), check_memory(), check_disk(folder)]
    checks.append(check_port(options.port))
    for ok, found, fix in checks:
        if not ok:
            print("✗ {}\n  → {}".format(found, fix))
        elif not options.quiet:
            print("✓ {}".format(found))
    return 0 if all(ok for ok, _, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
