"""A row of the fault matrix. Each ``tests/faults/test_*.py`` has a list ``FAULTS`` of such rows, and drives real steps.

``docs/reference/faults.md`` is generated from those lists by ``python -m tests.faults.page``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The result that a fault must have."""

    REFUSED = "refused; what is published stays"
    QUARANTINED = "the rows concerned go to quarantine with a reason"
    HEALED = "the next run ends as if nothing had happened"
    WARNED = "published with a warning that is shown"
    WAITS = "one waits, both end right"
    HARMLESS = "read or answered right"


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
