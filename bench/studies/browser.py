"""A real browser for measurements: Chromium on this machine, and people who read the dashboard with it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, WebSocket, sync_playwright

#: What the dashboard shows instead of a page: a Python exception, or a published file that cannot be read.
BROKEN = ('[data-testid="stException"]', "text=cannot be read", "text=built by earlier code")
CHARTS = '[data-testid="stVegaLiteChart"]'
#: The time of the last change in the page's main part, in `changed`; a page has settled 500 ms after it.
WATCH = """
    window.changed = performance.now()
    new MutationObserver(() => { window.changed = performance.now() }).observe(
        document.querySelector('[data-testid=stMain]'), {subtree: true, childList: true, attributes: true})
"""
IS_DONE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
#: Is the page's script done, and has nothing changed for 500 ms, but something since a time?
SETTLED = f"since => {IS_DONE} && window.changed > since && performance.now() - window.changed > 500"
WAIT_MS = 120_000


class NoBrowser(FileNotFoundError):
    """Chromium is not installed."""


@dataclass
class Person:
    """Somebody with a browser window of their own: the page, and what went wrong in it until now."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Record what goes wrong from now on: errors of scripts, and connections to the server that close."""
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._on_console)
        self.page.on("websocket", self._on_websocket)

    def open(self, address: str) -> None:
        """Open a page of the dashboard and wait until it has settled."""
        self.page.goto(address)
        self.page.locator("h1").first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the page has settled."""
        self.page.evaluate(WATCH)
        self.page.wait_for_function(SETTLED, arg=-1)

    def change(self, control: Locator, key: str) -> float:
        """Press a key on a control; returns the seconds until the last change of the page that follows."""
        control.focus()
        start = self.page.evaluate("performance.now()")
        control.press(key)
        self.page.wait_for_function(SETTLED, arg=start)
        return (self.page.evaluate("window.changed") - start) / 1000

    def look(self) -> None:
        """Wait for the page's script, then record whether the page shows an error instead of its content."""
        self.page.wait_for_function(f"() => {IS_DONE}")
        for selector in BROKEN:
            if self.page.locator(selector).count():
                self.problems.append(f"{self.page.url}: {self.page.locator(selector).first.inner_text()[:500]}")

    def _on_console(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its server below the page's address first, and expects a 404.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(message.text)

    def _on_websocket(self, socket: WebSocket) -> None:
        socket.on("close", lambda _: self.problems.append("The connection to the server was closed."))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium. Raises :class:`NoBrowser`."""
    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if program is None:
        raise NoBrowser("This study needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def person(browser: Browser) -> Person:
    """Somebody new: no cookie, no cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    person = Person(context.new_page())
    person.listen()
    return person
