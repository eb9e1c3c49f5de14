"""Several people click through the dashboard at once: what goes wrong, and how much memory it needs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from playwright.sync_api import Browser

from bench.studies.browser import Person, person
from ontime import project

#: The pages as the menu names them.
PAGES = (
    *("Overview", "Network", "Airlines", "A day", "Causes", "Model"),
    *("Ask the champion", "Operations", "Data quality", "SQL", "Learn", "About"),
)
#: The first control of a page that somebody moves: a slider of months, or the first of some buttons.
SLIDER = '[data-testid="stMain"] input[type="range"]'
BUTTON = '[data-testid="stFormSubmitButton"] button, [data-testid="stButtonGroup"] button'


@dataclass(frozen=True)
class Clicking:
    """What became of it. ``memory``: the server's resident bytes after each round, without the processes it starts."""

    users: int
    rounds: int
    clicks: int
    memory: Sequence[int]
    problems: Sequence[str]

    @property
    def growth(self) -> float:
        """The median memory of the last quarter of the rounds, by that of the second: 1 is flat."""
        quarter = max(len(self.memory) // 4, 1)
        return _median(self.memory[-quarter:]) / _median(self.memory[quarter : 2 * quarter])


def click(browser: Browser, address: str, pid: int, users: int, seconds: float) -> Clicking:
    """``users`` people click for some time through the dashboard of process ``pid``, each on another page.

    In each round, everybody opens the next page of the menu, and then changes something on it. Nobody waits for the
    others: while one clicks, the server still works for the rest.
    """
    people, process = [person(browser) for _ in range(users)], psutil.Process(pid)
    for one in people:
        one.open(address)
    memory, clicks, start = list[int](), 0, time.monotonic()
    while time.monotonic() - start < seconds:
        for number, one in enumerate(people):
            _turn_to(one, PAGES[(len(memory) + number) % len(PAGES)])
        for one in people:
            one.look()
            clicks += 1 + _change_something(one, len(memory))
        memory.append(process.memory_info().rss)
    for one in people:
        one.look()
    problems = tuple(problem for one in people for problem in one.problems)
    for one in people:
        one.page.context.close()
    return Clicking(users, len(memory), clicks, memory, problems)


def _turn_to(one: Person, name: str) -> None:
    one.page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    heading = project.read().title if name == "Overview" else name
    one.page.get_by_role("heading", name=heading, exact=True, level=1).wait_for()


def _change_something(one: Person, turn: int) -> bool:
    """Change the first control of the page, if it has one."""
    if one.page.locator(SLIDER).count():
        one.page.locator(SLIDER).last.press("ArrowRight" if turn % 4 == 3 else "ArrowLeft")
    elif buttons := one.page.locator(BUTTON).count():
        one.page.locator(BUTTON).nth(turn % buttons).click()
    else:
        return False
    return True


def _median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2]
