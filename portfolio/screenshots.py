"""Takes the pictures of the README from the built site and a running dashboard: ``python -m portfolio.screenshots``."""

import argparse
import shutil
import sys
from pathlib import Path

from ontime.settings import PROJECT_DIR, settings

IMAGES_DIR = PROJECT_DIR / "docs" / "images"
WIDTH, HEIGHT = 1280, 1020
#: Streamlit shows it while a page still runs.
RUNNING = "[data-testid=stStatusWidget]"
CHROMIUM = ("chromium", "google-chrome", "chromium-browser")


def take(addresses: dict[str, str], folder: Path) -> list[Path]:
    """Take a picture of each address, by the name of its file; returns the files.

    Exits with a sentence if there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        sys.exit("The pictures need Chromium: apt-get install chromium.")
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


def main() -> None:
    """Take the pictures that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dashboard", metavar="URL", help="address of a running dashboard")
    parser.add_argument("--folder", type=Path, default=IMAGES_DIR, help="where the pictures are written")
    options = parser.parse_args()
    page = settings.site_dir / "index.html"
    if not page.exists():
        sys.exit("The site has not been built yet: run `ontime site build`.")
    addresses = {"site": page.resolve().as_uri()}
    if options.dashboard:
        addresses["dashboard"] = options.dashboard
    for path in take(addresses, options.folder):
        print(path)


if __name__ == "__main__":
    main()
