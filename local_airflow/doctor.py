"""Can this machine run the project? `make doctor` runs this file with any Python 3, before anything is installed.

Uses only the standard library, and no syntax newer than Python 3.6: a Python that is too old must still
be able to run this file and report its version. Each ``check_…`` function returns whether the check passed,
the state as text, and what to do if it failed.
"""

import argparse
import errno
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile

try:
    import resource
except ImportError:  # Windows, which check_platform refuses
    resource = None

PROJECT_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON_RANGE = ((3, 11), (3, 13))
JAVA_MINIMUM = 17
MEMORY_GIB = 3
DISK_GIB = 4
#: The data of the demo, once the environment is installed.
DATA_GIB = 1
#: Bytes of address space that a Java or DuckDB process reserves for each byte that it uses.
RESERVED_PER_USED = 4
#: By version of cgroups (2, then 1): the files with the container's memory limit and its memory in use, in bytes.
CGROUP_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)

INSTALL_JAVA = (
    "install a Java runtime, 17 or newer. Debian/Ubuntu: sudo apt install default-jre-headless"
    " · Fedora: sudo dnf install java-latest-openjdk-headless"
    ' · macOS: brew install openjdk@21, then export JAVA_HOME="$(brew --prefix openjdk@21)"'
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
    """The memory that this process can get: what the system has available, or less if a limit allows less."""
    try:
        with open("/proc/meminfo") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        gib = int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError):
        gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    need = "Airflow, Spark and dbt together use up to {} GiB".format(MEMORY_GIB)
    name, fix, limit = min(memory_limits(), key=lambda limit: limit[2])
    if limit < gib:
        return limit >= MEMORY_GIB, "{:.1f} GiB of memory allowed by {}".format(limit, name), fix + ": " + need
    return gib >= MEMORY_GIB, "{:.1f} GiB of memory free".format(gib), "close other programs: " + need


def memory_limits():
    """The memory that each limit of this process still allows: its name, how to raise it, GiB."""
    # Java and DuckDB reserve far more addresses than they use.
    address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
    reserved = float("inf") if address_space == resource.RLIM_INFINITY else address_space / 2**30 / RESERVED_PER_USED
    limits = [("ulimit -v", "run `ulimit -v unlimited` first", reserved)]
    for limit, used in CGROUP_FILES:
        try:
            with open(limit) as limit_file, open(used) as used_file:
                left = int(limit_file.read()) - int(used_file.read())
        except (OSError, ValueError):  # no such cgroup, or the limit is "max"
            continue
        limits.append(("the container", "give the container more memory", left / 2**30))
    return limits


def check_disk(folder, gib_needed=DISK_GIB):
    """Space for the environment (2 GiB) and the data (1 GiB), in a folder that need not exist yet."""
    existing = existing_parent(folder)
    gib = shutil.disk_usage(existing).free / 2**30
    state = "{:.1f} GiB of disk free in {}".format(gib, existing)
    return gib >= gib_needed, state, "free {} GiB on this disk, or use a folder on another one".format(gib_needed)


def check_data_dir(folder):
    """Can we write into the data directory, or create it?"""
    fix = "become its owner, make its disk writable, or set ONTIME_DATA_DIR to another folder"
    existing = existing_parent(folder)
    if not os.path.isdir(existing):
        return False, "{} is not a folder".format(existing), "move it away, or set ONTIME_DATA_DIR to another folder"
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return False, "cannot write into {}: {}".format(existing, error.strerror), fix
    return True, "can write into {}".format(existing), fix


def existing_parent(folder):
    """The folder itself, or the nearest one above it that exists."""
    folder = os.path.abspath(os.path.expanduser(folder))
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def check_port(port):
    """The port of Airflow's UI on 127.0.0.1."""
    another = port + 1 if port < 65535 else port - 1
    fix = "choose another port: ONTIME_PORT={} make …; or stop the program that uses this one".format(another)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False, "port {} is busy{}".format(port, listener(port)), fix
            return False, "port {} cannot be used: {}".format(port, error.strerror), fix
        except OverflowError:
            return False, "port {} does not exist".format(port), "choose a port between 1024 and 65535"
    return True, "port {} is free".format(port), fix


def listener(port):
    """Which process listens on a port, as ``: process 12 (python) listens``; empty if the system does not show it."""
    try:
        import psutil  # once the environment is installed

        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == "LISTEN" and connection.pid:
                return ": process {} ({}) listens".format(connection.pid, psutil.Process(connection.pid).name())
    except Exception:  # another user's process, or no psutil
        pass
    return ""


def configured(name, default):
    """A setting as ontime/settings.py reads it: from the environment, from the project's `.env`, or the default."""
    if os.environ.get(name):
        return os.environ[name]
    try:
        with open(os.environ.get("ONTIME_ENV_FILE", os.path.join(PROJECT_DIR, ".env")), errors="replace") as env_file:
            values = re.findall(r"^{}=(?:([\"'])(.*?)\1|([^\s#]+))".format(name), env_file.read(), re.MULTILINE)
    except OSError:
        values = []
    return values[-1][1] or values[-1][2] if values else default


def configured_port():
    """The port of Airflow's UI."""
    port = configured("ONTIME_PORT", "8080").strip()
    if not port.isdigit():
        sys.exit("ONTIME_PORT={}: a port is a number. Correct it in the environment or in .env.".format(port))
    return int(port)


def main(arguments=None):
    """Print one line per check; return 1 if one failed, else 0."""
    parser = argparse.ArgumentParser(description="Check that this machine can run the project.")
    parser.add_argument("--port", type=int, default=configured_port(), help="the port that Airflow's UI will use")
    parser.add_argument("--quiet", action="store_true", help="print only failed checks")
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no ✓
    if not check_platform()[0]:
        checks = [check_platform()]
    else:
        data_dir = configured("ONTIME_DATA_DIR", os.path.join(PROJECT_DIR, "data"))
        checks = [check_platform(), check_python(), check_java(), check_memory()]
        checks += [check_disk(PROJECT_DIR), check_disk(data_dir, DATA_GIB), check_data_dir(data_dir)]
        checks.append(check_port(options.port))
    for ok, state, fix in checks:
        if not ok:
            print("✗ {}\n  → {}".format(state, fix))
        elif not options.quiet:
            print("✓ {}".format(state))
    return 0 if all(ok for ok, _, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
