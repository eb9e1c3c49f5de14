"""Models: the champion and saved versions."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer
from typer.testing import CliRunner

from cli import model
from ml import train, work_folder
from ml.registry import champion, promotion, store, tracking
from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
from ontime import files, locks
from ontime.settings import settings
from tests.faults.fault import Fault, Verdict
from tests.faults.killing import at_once, full_disk, is_stopped, kill
from tests.ml.registry.made import save

REFUSED, HEALED, WAITS = Verdict.REFUSED, Verdict.HEALED, Verdict.WAITS
CONSTANT = DummyClassifier(strategy="prior").fit(np.zeros((4, 1)), [True, False, False, False])
DELETE = "Delete the folder"


def ontime_model(*arguments: str) -> tuple[int, str]:
    """Run ``ontime model``, which must report every error."""
    ended = CliRunner().invoke(model.app, arguments)
    assert isinstance(ended.exception, SystemExit | None), ended.exception
    return ended.exit_code, ended.stderr


def publish(version: str) -> None:
    save(version, CONSTANT)
    store.promote(version, "better")


def registry() -> dict:
    """The champion and the promotions without times, and the saved versions; each is verified."""
    now, (saved, problems) = champion.read(), store.versions()
    assert not problems
    for one in saved:
        store.verify(one.version)
    return {
        "champion": now and (now.version, store.champion_card()["version"]),
        "promotions": {
            name: (one.number, one.reason, bool(one.rolled_back_at))
            for name, one in (now.promotions if now else {}).items()
        },
        "saved": [(one.version, one.alias) for one in saved],
        "hidden": [path.name for path in settings.models_dir.glob(".*") if work_folder.sweep()],
    }


@pytest.fixture
def no_mlflow(data_dir, monkeypatch) -> None:
    """MLflow, the view, takes seconds: most rows are about the files."""
    monkeypatch.setattr(tracking, "mirror", lambda entries: None)


@pytest.fixture
def models(no_mlflow) -> Path:
    """Two saved versions: ``two`` is champion, ``one`` was before."""
    publish("one")
    publish("two")
    return settings.models_dir


# -- champion.json -----------------------------------------------------------------
DIGEST = "0" * 64
POINTERS = {
    "empty": b"",
    "cut short": b'{"version": "tw',
    "random bytes": bytes(range(256)),
    "a list": b"[]",
    "without a digest": b'{"version": "two"}',
    "a number as version": json.dumps({"version": 2, "card_sha256": DIGEST}).encode(),
    "a path as version": json.dumps({"version": "../../etc", "card_sha256": DIGEST}).encode(),
    "promotions of another shape": json.dumps({"version": "two", "card_sha256": DIGEST, "promotions": [1]}).encode(),
    "a folder": None,
}
POINTER_FAULTS = {
    Fault(f"{name}, and MLflow is lost too", "champion.json", REFUSED, "champion.json is empty or damaged"): content
    for name, content in POINTERS.items()
}


@pytest.mark.parametrize("fault", POINTER_FAULTS, ids=str)
def test_a_damaged_champion_json(models, fault):
    content = POINTER_FAULTS[fault]
    champion.path().unlink()
    champion.path().mkdir() if content is None else champion.path().write_bytes(content)
    for command in ("rollback", "history"):
        code, printed = ontime_model(command)
        assert code == 1
        assert fault.message in printed and "ontime model promote VERSION" in printed
    for read in (store.champion_version, store.load_champion, store.restore):
        with pytest.raises(ArtifactTampered, match=fault.message):
            read()
    if content is not None:
        assert ontime_model("promote", "two") == (0, "")  # the way out that the message names
        assert store.load_champion()[1]["version"] == "two"


# -- a version's folder ------------------------------------------------------------
def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def replace(old: bytes, new: bytes, path: Path) -> None:
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def empty_folder(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "the model file is missing": ("model.skops", Path.unlink),
    "the model file is cut short": ("model.skops", cut),
    "the predictions are missing": (store.PREDICTIONS_FILE, Path.unlink),
    "a score on the card is changed": (store.CARD_FILE, partial(replace, b"0.5", b"0.9")),
    "the card is missing": (store.CARD_FILE, Path.unlink),
    "the card is cut short": (store.CARD_FILE, cut),
    "the card is a list": (store.CARD_FILE, partial(write, b"[]")),
    "the card is not text": (store.CARD_FILE, partial(write, b"\xff\xfe")),
    "all files in it are deleted": ("any", empty_folder),
}
FOLDER_FAULTS = [Fault(name, "models/VERSION", REFUSED, DELETE) for name in FILES]


@pytest.mark.parametrize("fault", FOLDER_FAULTS, ids=str)
def test_a_damaged_version(models, fault):
    file, damage = FILES[fault.name]
    damage(store.version_dir("one") / file)
    before = champion.path().read_bytes()
    for command in (("promote", "one"), ("rollback",), ("history",)):
        code, printed = ontime_model(*command)
        assert (code, printed.count("\n"), fault.message in printed) == (1, 1, True), command
        assert str(store.version_dir("one")) in printed
    with pytest.raises(ArtifactTampered, match=fault.message):
        save("one", CONSTANT)
    assert champion.path().read_bytes() == before
    assert store.load_champion()[1]["version"] == "two"
    # The way out that the message names.
    shutil.rmtree(store.version_dir("one"))
    save("one", CONSTANT)
    assert ontime_model("rollback") == (0, "")
    assert store.champion_version() == "one"


CHAMPION_FAULTS = [Fault(name, "models/CHAMPION", REFUSED, DELETE) for name in FILES if "predictions" not in name]


@pytest.mark.parametrize("fault", CHAMPION_FAULTS, ids=str)
def test_a_damaged_champion(models, fault):
    file, damage = FILES[fault.name]
    damage(store.version_dir("two") / file)
    with pytest.raises(ArtifactTampered, match=fault.message):
        store.load_champion()
    assert ontime_model("rollback") == (0, "")
    assert store.load_champion()[1]["version"] == "one"


FUNCTION = Fault("a function in the champion's model file", "models/CHAMPION", REFUSED, "Only the types in")


def test_a_champion_with_a_type_outside_the_closed_list_is_not_loaded(models):
    save("evil", FunctionTransformer(os.system))
    store.promote("evil", "by mistake")
    with pytest.raises(UntrustedArtifact, match=f"system.*{FUNCTION.message}.*TRUSTED_TYPES"):
        store.load_champion()


ABANDONED = Fault("a training gives a version that was rolled back", "register_challenger", REFUSED, "rolled back")


def test_a_version_that_was_rolled_back_stays_back(models):
    store.rollback()
    decision = promotion.decide(store.card_of("two"), pd.DataFrame(), np.array([]))
    assert (decision.is_promoted, ABANDONED.message in decision.reason) == (False, True)
    assert store.champion_version() == "one"
    assert ontime_model("promote", "two") == (0, "")
    assert not store.was_rolled_back("two")


DELETED = Fault("the champion's folder was deleted; the same model is trained again", "models/CHAMPION", HEALED)


def test_a_deleted_champion_is_saved_again(models):
    shutil.rmtree(store.version_dir("two"))
    save("two", DummyClassifier(strategy="prior").fit(np.zeros((2, 1)), [True, False]))
    assert (store.champion_version(), store.load_champion()[1]["version"]) == ("two", "two")


# -- stopped, then run again -------------------------------------------------------
def roll_back() -> None:
    if store.champion_version() == "two":
        store.rollback()


CHANGES: dict[str, Callable[[], object]] = {
    "save": lambda: save("three", CONSTANT),
    "promote": lambda: publish("three"),
    "rollback": roll_back,
}
STOPPED = {
    Fault(f"{name} before any change of a file", f"model {step}", HEALED): (step, by)
    for name, by in {"killed": kill, "the disk is full": full_disk}.items()
    for step in CHANGES
}


def _is_quick(fault: Fault) -> bool:
    return str(fault) == "model rollback: killed before any change of a file"


@pytest.mark.parametrize(
    "fault", [pytest.param(one, marks=[] if _is_quick(one) else pytest.mark.more) for one in STOPPED], ids=str
)
def test_a_change_that_was_stopped_is_completed_by_the_next(models, tmp_path, monkeypatch, fault):
    step, by = STOPPED[fault]

    def copy(name: object) -> None:
        monkeypatch.setattr(settings, "data_dir", tmp_path / str(name))
        shutil.copytree(models, settings.models_dir)

    copy("undisturbed")
    before = registry()["champion"]
    CHANGES[step]()
    expected = registry()
    number, was_stopped = 0, True
    while was_stopped:
        copy(number)
        was_stopped = is_stopped(CHANGES[step], number, by)
        assert registry()["champion"] in (before, expected["champion"])
        CHANGES[step]()
        assert registry() == expected, f"stopped before change {number}"
        number += 1
    assert number > 5


# -- at once -----------------------------------------------------------------------
TWO_PROMOTIONS = Fault("two versions are promoted at once", "model promote", WAITS)


def test_two_promotions_at_once_are_both_recorded(models):
    save("three", CONSTANT), save("four", CONSTANT)
    assert at_once(lambda: store.promote("three", "better"), lambda: store.promote("four", "better")) == [0, 0]
    now = champion.read()
    assert now.version in ("three", "four")
    assert {one.number for one in now.promotions.values()} == {1, 2, 3, 4}
    assert now.promotions[now.version].number == 4


TWO_SAVES = Fault("two trainings save the same version at once", "model save", WAITS)


def test_two_saves_of_a_version_give_one(models):
    def build(number: int) -> None:
        folder = settings.models_dir / "work" / f".{number}"
        folder.mkdir(parents=True)
        (folder / "model.skops").write_bytes(b"%d" % number)
        store.save({"version": "three", "trained_at": "2027"}, folder)

    assert at_once(*(partial(build, number) for number in range(4))) == [0, 0, 0, 0]
    store.verify("three")


BUSY = Fault("another process is changing the champion and does not end", "model rollback", REFUSED, "is still running")


def test_a_lock_that_is_never_released_is_named(models, monkeypatch):
    monkeypatch.setattr(settings, "lock_wait_seconds", 0.2)
    ready, done = os.pipe(), os.pipe()
    if (child := os.fork()) == 0:
        with locks.hold(locks.MODELS, "promoting model nine"):
            os.write(ready[1], b"1")
            os.close(done[1])
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    try:
        code, printed = ontime_model("rollback")
    finally:
        os.close(done[1])
        os.waitpid(child, 0)
    assert (code, BUSY.message in printed, "promoting model nine" in printed) == (1, True, True)
    assert store.champion_version() == "two"


# -- the champion changes between the comparison and the promotion -----------------
def try_and_return() -> None:
    publish("four")
    store.rollback()


AGAIN, CHALLENGE = "Compared again: ", "promote_challenger"
MEANWHILE = [
    Fault("another champion since the comparison", CHALLENGE, REFUSED, f"{AGAIN}no better", partial(publish, "three")),
    Fault("a rollback since the comparison", CHALLENGE, REFUSED, f"{AGAIN}no better", store.rollback),
    Fault("tried and rolled back since the comparison", CHALLENGE, REFUSED, f"{AGAIN}four was rolled", try_and_return),
]


@pytest.fixture
def registered(models) -> dict:
    """The result of ``register_challenger`` for a version that was better than the champion ``two``."""
    save("four", CONSTANT)
    return {"version": "four", "is_promoted": True, "reason": "better than two", "compared_with": champion.state()}


@pytest.mark.parametrize("fault", MEANWHILE, ids=str)
def test_a_challenger_is_promoted_over_the_champion_that_it_was_compared_with(registered, monkeypatch, capsys, fault):
    def compare(work, challenger):
        if store.was_rolled_back(challenger["version"]):
            return None, promotion.decide(challenger, pd.DataFrame(), np.array([]))
        return None, promotion.Decision(False, "no better")

    monkeypatch.setattr(train, "_compare", compare)
    fault.cause()
    expected = store.champion_version()
    assert train.promote_challenger(registered)["champion"] == expected != "four"
    assert fault.message in capsys.readouterr().out


def test_a_challenger_whose_champion_stayed_is_not_compared_again(registered, monkeypatch):
    monkeypatch.setattr(train, "_compare", lambda *_: pytest.fail("compared again"))
    assert train.promote_challenger(registered)["champion"] == "four"
    with monkeypatch.context() as patch:  # a rerun of the task
        patch.setattr(train, "_compare", lambda *_: (None, promotion.Decision(False, "it is the champion already")))
        assert train.promote_challenger(registered)["champion"] == "four"


CLOCK = Fault("the clock is set back between two promotions", "model rollback", Verdict.HARMLESS)


def test_promotions_are_ordered_by_number(no_mlflow, monkeypatch):
    for version, hour in (("one", 12), ("two", 13), ("three", 9)):
        monkeypatch.setattr(files, "now", lambda hour=hour: f"2026-01-01T{hour:02}:00:00+00:00")
        publish(version)
    assert [store.rollback(), store.rollback()] == ["two", "one"]


FAULTS = [
    *(*POINTER_FAULTS, *FOLDER_FAULTS, *CHAMPION_FAULTS, FUNCTION, ABANDONED, DELETED, *STOPPED, TWO_PROMOTIONS),
    *(TWO_SAVES, BUSY, *MEANWHILE, CLOCK),
]
