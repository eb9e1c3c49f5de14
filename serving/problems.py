"""The part of an answer that describes an invalid request: which field is wrong and why, without its value."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: An answer about thousands of wrong fields would be larger than the request.
MOST_PROBLEMS = 20


def problems(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Pydantic's errors as ``type``, ``loc`` and ``msg`` in ASCII, without values; at most :data:`MOST_PROBLEMS`.

    The client chooses the names of unknown fields, so a name that no field of ours could have is replaced.
    """
    return [
        {"type": error["type"], "loc": [_part(part) for part in error["loc"]], "msg": _as_text(error["msg"])}
        for error in list(errors)[:MOST_PROBLEMS]
    ]


def _part(part: int | str) -> int | str:
    is_name = isinstance(part, int) or re.fullmatch("[a-z_]{1,40}", part)
    return part if is_name else "(another field)"


def _as_text(message: str) -> str:
    return message.encode("ascii", "replace").decode()
