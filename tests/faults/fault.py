"""A row of the fault matrix. Each ``tests/faults/test_*.py`` has a list ``FAULTS`` of such rows, and drives real steps.

``docs/reference/faults.md`` is generated from those lists by ``python -m tests.faults.page``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The result that a fault must have."""

    REFUSED = "refused; published data does not change"
    QUARANTINED = "the affected rows go to quarantine, with a reason"
    HEALED = "the next run succeeds, as without the fault"
    WARNED = "published with a warning that is shown"
    WAITS = "one waits for the other; both succeed"
    HARMLESS = "the result is correct"


@dataclass(frozen=True)
class Fault:
    """``name``: what goes wrong; ``where``: the step or file; ``message``: a part of the text that a person reads."""

    name: str
    where: str
    verdict: Verdict
    message: str = ""
    #: A function that causes the fault. Each test module defines its arguments and its result.
    cause: Callable[..., Any] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.name}"
