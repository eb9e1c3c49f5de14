"""Checks of the lab *publish*, with a store in memory that counts uploads and kills publishers."""

import random
from contextlib import suppress

import pytest

NAMES = ("card.json", "flights.parquet", "weather.parquet", "stations.parquet")


class Killed(BaseException):
    """The publisher's process ends here. It is no Exception: an answer cannot catch it by mistake."""


class Store:
    """The store of the task. ``before(key)`` and ``after(key)`` are called around each upload, ``reading(key)`` before
    each download."""

    def __init__(self):
        self.objects = {}
        self.uploads = []
        self.before = self.after = self.reading = lambda key: None

    def put(self, key, content, only_if_absent=False):
        assert isinstance(key, str) and isinstance(content, bytes), "put takes a text as key, and bytes as content"
        self.before(key)
        if only_if_absent and key in self.objects:
            raise FileExistsError(key)
        self.objects[key] = content
        self.uploads.append(key)
        self.after(key)

    def get(self, key):
        self.reading(key)
        return self.objects[key]

    def keys(self, prefix=""):
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, key):
        self.before(key)
        self.objects.pop(key, None)
        self.after(key)


def files(seed):
    """Four files of a version; all contents are different."""
    source = random.Random(seed)
    return {name: source.randbytes(50) for name in NAMES}


def once_at(number, action):
    """A hook that acts at its ``number``-th call, and does nothing within its own action."""
    calls = 0

    def hook(key):
        nonlocal calls
        calls += 1
        if calls == number:
            action()

    return hook


def kill():
    raise Killed


@pytest.fixture
def published(answer):
    """The answer's module, and a store with a first version."""
    module, store = answer.module, Store()
    module.publish(store, files(1))
    return module, store


def steps_of(module, store, new):
    """How many changes of the store one publication makes."""
    steps = []
    store.before = steps.append
    module.publish(store, new)
    store.before = lambda key: None
    return len(steps)


def name_of(seen):
    """For messages: what a reader has seen."""
    if not seen:
        return "nothing"
    version_of = {content: number for number in range(1, 30) for content in files(number).values()}
    versions = sorted({version_of.get(content, 0) for content in seen.values()})
    return f"files of versions {' and '.join(map(str, versions))}"


def test_read(answer):
    """A reader gets what was published last, and nothing before the first version"""
    module, store = answer.module, Store()
    empty = module.read(store)
    assert empty == {}, f"before the first version, read returns {empty!r}"
    module.publish(store, files(1))
    assert module.read(store) == files(1), "read does not return the files that were published"
    fewer = dict(list(files(2).items())[:2])
    module.publish(store, fewer)
    seen = module.read(store)
    assert seen == fewer, f"the second version has 2 files, read returns {len(seen)}: {name_of(seen)}"


def test_twelve_versions(answer):
    """The newest version is the newest, also after the tenth"""
    module, store = answer.module, Store()
    for number in range(1, 13):
        module.publish(store, files(number))
        seen = module.read(store)
        assert seen == files(number), f"after version {number} was published, a reader gets {name_of(seen)}"


def test_killed(answer):
    """A publisher that is killed leaves the old version or the new one, and a second run completes it"""
    for moment in ("before", "after"):
        number, killed = 0, True
        while killed:
            number, killed = number + 1, False
            module, store = answer.module, Store()
            module.publish(store, files(1))
            setattr(store, moment, once_at(number, kill))
            try:
                module.publish(store, files(2))
            except Killed:
                killed = True
            setattr(store, moment, lambda key: None)
            where = f"after the publisher was killed {moment} its upload {number}"
            try:
                seen = module.read(store)
            except KeyError as missing:
                raise AssertionError(f"{where}, read fails: there is no object {missing}") from None
            assert seen in (files(1), files(2)), f"{where}, a reader gets {name_of(seen)}"
            module.publish(store, files(2))
            seen = module.read(store)
            assert seen == files(2), f"{where} and publish ran again, a reader gets {name_of(seen)}"


def test_rerun(published):
    """The same files again need no upload, and a publication that was cut short uploads only the rest"""
    module, store = published
    store.uploads.clear()
    module.publish(store, files(1))
    assert not store.uploads, f"publishing the same files again uploads {', '.join(store.uploads)}"
    steps = steps_of(module, store, files(2))
    store.before = once_at(steps - 1, kill)
    with suppress(Killed):
        module.publish(store, files(3))
    done, store.before = set(store.uploads), lambda key: None
    store.uploads.clear()
    module.publish(store, files(3))
    again = [key for key in store.uploads if key in done and key.startswith("objects/")]
    assert len(store.uploads) < steps and not again, (
        f"the second run of a publication that was killed uploads {len(store.uploads)} objects, as many as the first"
    )


def test_one_changed(published):
    """If one of the files has changed, the others are not uploaded"""
    module, store = published
    store.uploads.clear()
    module.publish(store, files(1) | {"card.json": b"{}"})
    assert len(store.uploads) <= 2, f"1 of {len(NAMES)} files has changed, and you upload {len(store.uploads)} objects"


def test_back(published):
    """An earlier version's files can be published again, without an upload of files"""
    module, store = published
    module.publish(store, files(2))
    store.uploads.clear()
    module.publish(store, files(1))
    seen = module.read(store)
    assert seen == files(1), f"versions 1, 2 and 1 again were published, and a reader gets {name_of(seen)}"
    assert len(store.uploads) <= 1, f"all files were there, and you upload {len(store.uploads)} objects"


def test_slow_reader(published):
    """A reader that is overtaken by a publication gets the files of one version"""
    module, store = published
    downloads = []
    store.reading = downloads.append
    module.read(store)
    for number in range(1, len(downloads) + 1):
        old, new = files(2 * number), files(2 * number + 1)
        store.reading = lambda key: None
        module.publish(store, old)

        def publish_new(new=new):
            store.reading = lambda key: None
            module.publish(store, new)

        store.reading = once_at(number, publish_new)
        try:
            seen = module.read(store)
        except KeyError as missing:
            raise AssertionError(f"a slow reader fails: there is no object {missing} any more") from None
        assert seen in (old, new), (
            f"a reader gets {name_of(seen)}, if a version is published before its download {number}"
        )


def test_two_publishers(answer):
    """Of two publishers at once one wins, and the other one gets Conflict"""
    module = answer.module
    assert issubclass(getattr(module, "Conflict", int), Exception), "your module has no exception Conflict"
    number, is_last = 0, False
    while not is_last:
        number, is_last = number + 1, True
        store = Store()
        module.publish(store, files(1))

        def other(store=store):
            nonlocal is_last
            is_last, store.before = False, lambda key: None
            module.publish(store, files(3))

        store.before = once_at(number, other)
        try:
            module.publish(store, files(2))
            conflict = False
        except module.Conflict:
            conflict = True
        where = f"somebody else published before your upload {number}"
        if not is_last:
            seen = module.read(store)
            assert seen == files(3), f"{where}, and now readers get {name_of(seen)} instead of version 3"
            assert conflict, f"{where}, and your publish did not raise Conflict"


def test_first_two(answer):
    """That holds for the first version too"""
    module, store = answer.module, Store()

    def other():
        store.before = lambda key: None
        module.publish(store, files(3))

    store.before = once_at(1, other)
    refused = False
    try:
        module.publish(store, files(2))
    except module.Conflict:
        refused = True
    seen = module.read(store)
    assert seen == files(3), f"somebody else published the first version before you, and readers get {name_of(seen)}"
    assert refused, "somebody else published the first version before you, and your publish did not raise Conflict"
