# fails test_rerun: each version has a folder of its own, so nothing is shared and nothing is resumed.
"""Publishes files to an object store, so that a reader sees one version or another, never half of one."""

import json


class Conflict(Exception):
    """Somebody else has published since this publication began."""


def publish(store, files: dict[str, bytes]) -> None:
    """Make these files the newest version. Raises :class:`Conflict`."""
    number, _ = newest(store)
    objects = {name: f"objects/{number + 1}/{name}" for name in sorted(files)}
    for name, key in objects.items():
        store.put(key, files[name])
    try:
        # With leading zeros, the order of the text is the order of the numbers.
        store.put(f"versions/{number + 1:08}.json", json.dumps(objects).encode(), only_if_absent=True)
    except FileExistsError:
        raise Conflict(f"Version {number + 1} has been published by somebody else.") from None


def read(store) -> dict[str, bytes]:
    """The files of the newest version; none if nothing has been published."""
    _, objects = newest(store)
    return {name: store.get(key) for name, key in objects.items()}


def newest(store) -> tuple[int, dict[str, str]]:
    """The number of the newest version, and the key of each of its files."""
    versions = store.keys("versions/")
    if not versions:
        return 0, {}
    return len(versions), json.loads(store.get(versions[-1]))
