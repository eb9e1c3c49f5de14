"""A reader of the published files, which notes everything that is not a whole version."""

from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import Any

from ontime import warehouse
from tests.faults.chain import PUBLISHED, tables

#: Seconds between two looks.
SECONDS = 0.01


class Reader(Thread):
    """Looks at the published files again and again while a block runs; a dashboard looks only now and then.

    ``whole``: by name of a published file, the contents (:func:`tests.faults.chain.tables`) that it may have. After the
    block, ``problems`` has everything else that was seen.
    """

    def __init__(self, whole: Mapping[str, Sequence[Any]]) -> None:
        super().__init__()
        self.whole, self.problems = whole, list[str]()
        self._ended, self._read = Event(), set[tuple[Any, ...]]()

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.wait(SECONDS):
            self.look()

    def look(self) -> None:
        """Look at each published file once."""
        for name in PUBLISHED:
            try:
                self._read_if_new(name)
            except Exception as problem:
                self.problems.append(f"{name}: {problem!r}")

    def _read_if_new(self, name: str) -> None:
        """Read the file, unless an earlier look has read the same version."""
        link = warehouse.published_path(name)
        file = link.stat()
        identity = (name, file.st_ino, file.st_size, file.st_mtime_ns)
        if identity not in self._read:
            if (content := tables(link)) not in self.whole[name]:
                self.problems.append(f"{name}: {content}")
            self._read.add(identity)
