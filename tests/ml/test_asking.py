"""The champion's own process: the answer of the model in the file, a process that ended, and why there is no answer."""

import os
import signal
from io import BufferedReader, BytesIO

import duckdb
import psutil
import pytest

from ml import answering, asking
from ml.candidates.catalog import LIGHTGBM_LOADS
from ml.features import build
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.registry import champion, store
from ml.registry.artifacts import ArtifactTampered
from ontime import warehouse
from tests.dashboard import made
from tests.ml.registry.made import save

pytestmark = [pytest.mark.more, pytest.mark.skipif(not LIGHTGBM_LOADS, reason="needs LightGBM, which needs OpenMP")]

FLIGHT = "2013-01-20_UA_EWR_18"


@pytest.fixture
def published(data_dir) -> warehouse.Version:
    """January 2013 is published, and a few trees that learned from it are the champion."""
    from ml.candidates.lightgbm_trees import LightGBMTrees

    version = made.publish_flights()
    flights = build.build(version.path)
    flights = flights[flights[TARGET].notna()]
    trees = LightGBMTrees(CATEGORICAL, trees=5, leaf_flights=20)
    save("one", trees.fit(flights[NAMES], flights[TARGET].to_numpy(dtype=bool)))
    champion.write(champion.promoted(None, "one", store._checked("one"), "the first model"))
    return version


@pytest.fixture
def flight(published):
    with duckdb.connect(str(published.path), read_only=True) as connection:
        return asking.published_flight(connection, FLIGHT)


@pytest.fixture
def asked(published):
    asked = asking.Asking(published.version)
    yield asked
    asked.close()


def test_it_answers_like_the_model_in_this_process(asked, published, flight):
    expected = answering.Answering(published.version).answer(flight)
    assert asked.answer(flight) == expected
    assert len(expected.reasons) == len(NAMES)
    assert expected.probability != expected.start


def test_it_starts_again_after_its_process_has_ended(asked, flight):
    before, first = asked._process, asked.answer(flight)
    os.kill(before.pid, signal.SIGALRM)  # what happens when nobody asks for a while
    before.wait(60)
    assert asked.answer(flight) == first
    assert asked._process.pid != before.pid


def test_a_question_to_a_process_that_always_ends_has_no_answer(asked, flight, monkeypatch):
    monkeypatch.setattr(asked, "_start", lambda: asking.subprocess.Popen("true", stdin=-1, stdout=-1))
    asked.close()
    with pytest.raises(asking.NoAnswer, match="ended before it answered"):
        asked.answer(flight)


def test_a_changed_file_is_refused_until_it_is_right_again(asked, published, flight):
    asked.close()
    file = store.version_dir("one") / store.champion_card()["model_file"]
    content = file.read_bytes()
    file.write_bytes(content + b" ")
    with pytest.raises(ArtifactTampered, match="was changed after it was written"):
        asked.answer(flight)
    file.write_bytes(content)
    assert 0 < asked.answer(flight).probability < 1


def test_a_version_without_a_file_is_refused(published, flight):
    asked = asking.Asking("000009-00000000")
    with pytest.raises(warehouse.NothingPublished, match="000009-00000000"):
        asked.answer(flight)
    asked.close()


def test_it_leaves_no_process(asked, flight):
    asked.answer(flight)
    process = psutil.Process(asked._process.pid)
    assert process.is_running()
    asked.close()
    assert not process.is_running()


@pytest.mark.parametrize("flights", [0, 1, 3])
def test_each_question_gets_one_line_and_no_alarm_is_left(published, flight, flights):
    sink = asking.pa.BufferOutputStream()
    for _ in range(flights):
        with asking.pa.ipc.new_stream(sink, flight.schema) as stream:
            stream.write_table(flight)
    replies = BytesIO()
    answering.serve(published.version, BufferedReader(BytesIO(sink.getvalue())), replies)
    lines = replies.getvalue().splitlines()
    assert len(lines) == flights and len(set(lines)) <= 1
    assert signal.alarm(0) == 0
