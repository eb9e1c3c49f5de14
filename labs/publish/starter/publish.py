"""Publishes files to an object store, so that a reader sees one version or another, never half of one."""


class Conflict(Exception):
    """Somebody else has published since this publication began."""


def publish(store, files: dict[str, bytes]) -> None:
    """Make these files the newest version. Raises :class:`Conflict`."""
    raise NotImplementedError


def read(store) -> dict[str, bytes]:
    """The files of the newest version; none if nothing has been published."""
    raise NotImplementedError
