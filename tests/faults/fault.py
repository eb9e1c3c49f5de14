"""A row of the fault matrix. Each ``tests/faults/test_*.py`` has a list ``FAULTS`` of such rows, and drives real steps.

``docs/reference/faults.md`` is generated from those lists by ``python -m tests.faults.page``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What must come of a fault."""

    REFUSED = "refused; what is published stays"
    QUARANTINED = "the rows concerned go to quarantine with a reason"
    HEALED = "the next run ends as if nothing had happened"
    WARNED = "published with a warning that is shown"
    WAITS = "one waits, both end right"
    HARMLESS = "read or answered right"


@dataclass(frozen=True)
class Fault:
    """``name`` says what goes wrong, ``where`` names the step or file, ``message`` is a part of what a person reads."""

    name: str
    where: str
    verdict: Verdict
    message: str = ""
    #: What the test needs to cause the fault; its meaning is the test module's own.
    cause: Callable[..., Any] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.name}"
