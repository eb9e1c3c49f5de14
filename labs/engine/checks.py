"""The pytest plugin of the labs: the fixtures of a ``check.py``, and its outcome in sentences.

A check is a test. The first line of its docstring is what it shows; the message of its assertion says what is wrong,
with the answer's own value and the right order of magnitude. A check that asks for ``year`` runs on 2013 and on an
unseen year, and holds only if it holds on both.
"""

import itertools
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from labs.engine.lab import Lab
from labs.engine.years import Year, real_year, unseen_year


@dataclass
class Check:
    """What one check shows, and why it does not hold (empty: it holds)."""

    name: str
    shows: str
    problem: str = ""


class AnswerFailed(Exception):
    """The answer cannot be imported. The message says why and in which line."""


class Answer:
    """The answer's folder, with its file as a module or as text."""

    def __init__(self, folder: Path, file: str) -> None:
        self.folder = folder
        self.path = folder / file

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def module(self) -> ModuleType:
        """The answer's Python file, imported again at each access. Raises :class:`AnswerFailed`."""
        loader = SourceFileLoader(f"answer_{self.path.stem}", str(self.path))
        module = sys.modules[loader.name] = ModuleType(loader.name)
        try:
            loader.exec_module(module)
        except Exception as problem:
            raise AnswerFailed(_sentence(problem, self.path)) from problem
        return module


class Reporter:
    """Collects the outcome of checks: :attr:`checks`, and what the first of them that printed has printed.

    ``answer`` is the file in which an error's line is worth naming. With ``until``, the run stops when the check of
    this name has failed and another one has held.
    """

    def __init__(self, answer: Path, until: str = "") -> None:
        self._file, self._until = answer, until
        self.checks: dict[str, Check] = {}
        self.ran: set[str] = set()
        self.printed = ""

    def expect(self, items: Iterable[pytest.Function]) -> None:
        """Remember the checks that will run, in the order in which they are shown."""
        for item in items:
            name = item.originalname
            shows = (item.function.__doc__ or name).strip().partition("\n")[0].rstrip(".")
            self.checks.setdefault(name, Check(name, shows))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Function, call: pytest.CallInfo) -> Any:
        report = yield
        self.printed = self.printed or report.capstdout
        check = self.checks[item.originalname]
        if call.excinfo and not check.problem:
            where = "on a year that nobody has seen: " if "[unseen" in item.name else ""
            check.problem = where + _sentence(call.excinfo.value, self._file)
        if call.when == "teardown":
            self.ran.add(check.name)
            if self._is_decided():
                item.session.shouldstop = f"{self._until} has failed"
        return report

    def _is_decided(self) -> bool:
        if self._until not in self.ran or not self.checks[self._until].problem:
            return False
        return any(not self.checks[name].problem for name in self.ran)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.checks["check.py"] = Check("check.py", "the checks can be read", str(report.longrepr))


class Plugin(Reporter):
    """Gives the checks of a lab their fixtures, and collects their outcome."""

    def __init__(self, lab: Lab, answer: Path, seed: int, until: str = "") -> None:
        super().__init__(answer / lab.answer, until)
        self._answer = Answer(answer, lab.answer)
        self._seed = seed

    @pytest.fixture(scope="session")
    def answer(self) -> Answer:
        return self._answer

    @pytest.fixture(scope="session")
    def year(self, request: pytest.FixtureRequest) -> Year:
        return real_year() if request.param == "2013" else unseen_year(self._seed)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "year" in metafunc.fixturenames:
            metafunc.parametrize("year", ["2013", "unseen"], indirect=True, scope="session")

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        items.sort(key=lambda item: item.reportinfo()[1] or 0)
        self.expect(items)
        # One year after the other, so that what a fixture computes from a year is computed once.
        items.sort(key=lambda item: "[unseen" in item.name)


def _sentence(problem: BaseException, answer: Path) -> str:
    """What is wrong; for an error of the answer, with its line."""
    if isinstance(problem, AnswerFailed):
        return str(problem)
    if isinstance(problem, AttributeError) and problem.obj is sys.modules.get(f"answer_{answer.stem}"):
        return f"{answer.name} has no function {problem.name}."
    if isinstance(problem, SyntaxError) and problem.filename == str(answer):
        return f"{answer.name}, line {problem.lineno}, cannot be read: {problem.msg}."
    if isinstance(problem, AssertionError):
        # pytest appends the comparison to the message.
        message = itertools.takewhile(lambda line: not line.startswith("assert "), str(problem).splitlines())
        return " ".join(line.strip() for line in message) or f"not so: {str(problem).splitlines()[0]}"
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == str(answer)]
    where = f" ({answer.name}, line {lines[-1]})" if lines else ""
    return f"{type(problem).__name__}: {problem}{where}"
