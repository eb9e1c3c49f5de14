"""Chromium for the browser tests, driven by Playwright. It reaches this machine only; the program is the system's.

Two fixtures of `tests/conftest.py` use it, in tests with the marker `more`:

    @pytest.mark.more
    @pytest.mark.parametrize("view", VIEWS)                     # light, dark, phone (390 px), narrow (320 px)
    def test_my_page(visit, view):
        seen = visit("http://127.0.0.1:8501/network", view, ready="text=Flights by airport")
        seen.page.get_by_label("Airline").click()               # Playwright's own page, for everything else
        assert_good_manners(seen)                               # the five checks below, in this order

- `assert_quiet`: no request failed, none left this machine, no script raised an error, the policy refused nothing
- `assert_accessible`: axe finds no violation
- `assert_no_overflow`: the page does not scroll sideways; what is wider scrolls in a region of its own
- `assert_landmarks`: a language, a title, one `h1`, one `main`
- `assert_keyboard_reaches_all`: Tab reaches everything that can be used, and the focus is visible

A screenshot of each visit, as it looks at the end, stays in `test-artifacts/<test>/<number>-<view>.png`.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Response, sync_playwright

from ontime.settings import PROJECT_DIR

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
SCRIPT = Path(__file__).with_suffix(".js").read_text()
ARTIFACTS = PROJECT_DIR / "test-artifacts"

#: How a reader views a page: options of a Playwright context.
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
}
HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Visit:
    """A page that is open, and what has happened on it until now."""

    page: Page
    view: str
    requests: list[str] = field(default_factory=list)
    #: Requests without an answer, or with one of 400 and more.
    failed: list[str] = field(default_factory=list)
    #: Exceptions of scripts, and what they log as an error.
    errors: list[str] = field(default_factory=list)
    #: What the content security policy refused.
    refused: list[str] = field(default_factory=list)
    #: Texts of dialogs and of the console that are not errors.
    messages: list[str] = field(default_factory=list)

    @property
    def external(self) -> list[str]:
        """Requests to another machine; they have failed."""
        addresses = [urlsplit(request) for request in self.requests]
        return [one.geturl() for one in addresses if one.scheme.startswith(("http", "ws")) and one.hostname not in HERE]

    @property
    def text(self) -> str:
        """The text that a reader sees."""
        return self.page.locator("body").inner_text()

    def listen(self) -> None:
        """Record what happens from now on."""
        page = self.page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("requestfailed", lambda request: self.failed.append(f"{request.url}: {request.failure}"))
        page.on("response", self._on_response)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._on_dialog)
        page.on("console", self._on_console)

    def _on_response(self, answer: Response) -> None:
        if answer.status >= 400:
            self.failed.append(f"{answer.url}: {answer.status}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.messages.append(dialog.message)
        dialog.accept()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.text.startswith("Failed to load resource"):
            return  # `failed` names it
        is_refusal = "Content Security Policy" in message.text
        kind = self.refused if is_refusal else self.errors if message.type == "error" else self.messages
        kind.append(message.text)


class Visits:
    """Opens pages for one test. Each page has a context of its own: no cookie, no cache."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder, self._visits = browser, folder, list[Visit]()

    def __call__(self, address: str, view: str = "light", ready: str | None = None, **options: Any) -> Visit:
        """Open a page and wait until it is loaded, the network is idle, and `ready` (a selector) can be seen.

        `options` are further options of a Playwright context, for example `bypass_csp=True`.
        """
        page = self._browser.new_context(**VIEWS[view], **options).new_page()
        seen = Visit(page, view)
        seen.listen()
        self._visits.append(seen)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if any("ERR_NETWORK_CHANGED" in request for request in seen.failed):
            # Docker starts or stops a container on this machine at the moment.
            seen.failed.clear()
            seen.errors.clear()
            page.reload()
            page.wait_for_load_state("networkidle")
        if ready:
            page.locator(ready).first.wait_for()
        return seen

    def close(self) -> None:
        """Keep a screenshot of each page, and close it."""
        for number, seen in enumerate(self._visits, start=1):
            seen.page.screenshot(path=self._folder / f"{number}-{seen.view}.png", full_page=True)
            seen.page.context.close()
        self._visits.clear()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium. It sends all that is not for this machine to a proxy that does not exist."""
    assert PROGRAM, "The browser tests need Chromium: apt-get install chromium"
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--proxy-server=http://127.0.0.1:9"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield browser
        browser.close()


def artifacts(test: str) -> Path:
    """An empty folder for the screenshots of one test, named by its node id."""
    folder = ARTIFACTS / re.sub(r"[^\w.-]+", "-", test.removeprefix("tests/")).strip("-")[:150]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


# -- checks ------------------------------------------------------------------------
def assert_good_manners(seen: Visit) -> None:
    """All of the checks."""
    assert_quiet(seen)
    assert_accessible(seen.page)
    assert_no_overflow(seen.page)
    assert_landmarks(seen.page)
    assert_keyboard_reaches_all(seen.page)


def assert_quiet(seen: Visit) -> None:
    """No request failed, none left this machine, no script raised an error, the policy refused nothing."""
    problems = [*seen.failed, *seen.external, *seen.errors, *seen.refused]
    assert problems == [], "\n".join(problems)


def assert_accessible(page: Page, exclude: Sequence[str] = ()) -> None:
    """Axe finds no violation (rules of WCAG 2 A and AA, and good practice) outside the elements of some selectors."""
    context = {"exclude": [[selector] for selector in exclude]} if exclude else None
    violations = Axe().run(page, context=context).response["violations"]
    assert violations == [], "\n".join(
        f"{rule['id']}: {rule['help']}\n" + "\n".join(f"  {node['html'][:200]}" for node in rule["nodes"][:5])
        for rule in violations
    )


def assert_no_overflow(page: Page) -> None:
    """Nothing reaches beyond the window, unless it lies in a region that scrolls and that is not the page itself."""
    wide = _look(page, "wide()")
    assert wide == [], "\n".join(wide[:5])
    width, window = (page.evaluate(f"document.documentElement.{name}") for name in ("scrollWidth", "clientWidth"))
    assert width <= window, f"The page is {width} px wide, the window {window} px."


def assert_landmarks(page: Page) -> None:
    """The page names its language and has a title, one heading of the first level, and one `main`."""
    language, title = page.evaluate("document.documentElement.lang"), page.title().strip()
    headings, mains = page.locator("h1:visible").count(), page.get_by_role("main").count()
    assert language == "en" and title, f"language {language!r}, title {title!r}"
    assert (headings, mains) == (1, 1), f"{headings} h1, {mains} main"


def assert_keyboard_reaches_all(page: Page) -> None:
    """Tab reaches every link, control and scrolling region in the page's order; each shows that it has the focus."""
    page.evaluate("document.activeElement?.blur()")
    expected = _look(page, "mark()")
    reached: dict[str, bool] = {}
    # Tab stops several times inside a table of many cells before it leaves the table.
    for _ in range(3 * len(expected) + 60):
        page.keyboard.press("Tab")
        number, is_shown = _look(page, "focused()")
        if len(reached) > 1 and number == next(iter(reached)):
            break
        if number:
            reached.setdefault(number, is_shown)
    missed = [html for number, html in expected.items() if number not in reached]
    assert missed == [], "Tab does not reach:\n" + "\n".join(missed[:5])
    order, numbers = sorted(reached, key=int), list(reached)
    first = numbers.index(order[0])  # after a click, Tab begins at its place and goes round
    turned = numbers[first:] + numbers[:first]
    jumps = [expected[number] for number, other in zip(turned, order, strict=True) if number != other]
    assert jumps == [], "Tab reaches out of order:\n" + "\n".join(jumps[:5])
    unseen = [html for number, html in expected.items() if not reached[number]]
    assert unseen == [], "The focus is not to be seen on:\n" + "\n".join(unseen[:5])


def _look(page: Page, call: str) -> Any:
    """The result of a function of `browser.js`; no content security policy stops it."""
    return page.evaluate(f"() => {{ {SCRIPT}\nreturn {call} }}")
