"""The pictures of the README: the built site, and a page of the dashboard, which is started for it."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from ontime.settings import PROJECT_DIR, settings
from portfolio.verify import NoSite

IMAGES_DIR = PROJECT_DIR / "docs" / "images"
WIDTH, HEIGHT = 1280, 1020
#: Streamlit shows it while a page still runs.
RUNNING = "[data-testid=stStatusWidget]"
CHROMIUM = ("chromium", "google-chrome", "chromium-browser")
SECONDS_TO_START = 60.0


class NoPicture(RuntimeError):
    """A picture cannot be taken here; the message says what is missing."""


def take_all(folder: Path = IMAGES_DIR) -> list[Path]:
    """Take the pictures of the README; returns the files.

    Raises :class:`NoPicture`, and :class:`portfolio.verify.NoSite` before the site has been built.
    """
    page = settings.site_dir / "index.html"
    if not page.exists():
        raise NoSite("The site has not been built yet: run `ontime site build`.")
    with _dashboard() as address:
        return take({"site": page.resolve().as_uri(), "dashboard": f"{address}/network"}, folder)


def take(addresses: dict[str, str], folder: Path) -> list[Path]:
    """Take a picture of each address, by the name of its file; returns the files. Raises :class:`NoPicture`."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as problem:
        raise NoPicture(
            "The pictures need Playwright, a part of the development environment: `make install`."
        ) from problem
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        raise NoPicture("The pictures need Chromium: apt-get install chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        for name, address in addresses.items():
            page.goto(address, wait_until="networkidle")
            page.wait_for_selector("main svg, .vega-embed svg, main img")
            page.wait_for_selector(RUNNING, state="detached")
            taken.append(folder / f"{name}.png")
            page.screenshot(path=taken[-1])
        browser.close()
    return taken


@contextmanager
def _dashboard() -> Iterator[str]:
    """The address of a dashboard that runs until the end of the block. Raises :class:`NoPicture`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "dashboard", "--port", str(port)], cwd=PROJECT_DIR)
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the dashboard answers."""
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        try:
            with urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise NoPicture(f"The dashboard does not answer at {address}.")
