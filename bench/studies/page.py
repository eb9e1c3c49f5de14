"""Writes measurements to `docs/reference/performance.md`, between the markers of each study."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import psutil

from ontime.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "reference" / "performance.md"


class NoMarkers(ValueError):
    """The page has no markers for a study."""


def write(marker: str, table: str, *packages: str) -> None:
    """Print a table, and put it between the page's markers, with the machine and the versions of the packages.

    Raises :class:`NoMarkers`.
    """
    print(table)
    place(marker, f"{table}\n{machine(*packages)}\n")


def place(marker: str, text: str, page: Path = PAGE) -> None:
    """Replace what is between ``<!-- marker -->`` and ``<!-- end of marker -->``. Raises :class:`NoMarkers`."""

    def replacement(match: re.Match[str]) -> str:
        return match[1] + text + match[2]

    markers = rf"(<!-- {marker} -->\n).*(<!-- end of {marker} -->)"
    content, count = re.subn(markers, replacement, page.read_text(), flags=re.DOTALL)
    if not count:
        raise NoMarkers(f"{page} has no place for a table: no <!-- {marker} --> and <!-- end of {marker} -->.")
    page.write_text(content)


def machine(*packages: str) -> str:
    """The machine and the versions of the packages, in one sentence."""
    memory_gib = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{_cpu_model()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB of memory; {versions}."


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()
