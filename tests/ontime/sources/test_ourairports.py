"""Airports from OurAirports: downloaded again only when the table has changed."""

from pathlib import Path

import pytest

from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from tests.ontime.sources.misbehaving_server import Answer

AIRPORTS = (Path(__file__).parents[2] / "published" / "airports.csv").read_bytes()


@pytest.fixture
def server(monkeypatch, publisher_server):
    monkeypatch.setattr(settings, "source", "live")
    monkeypatch.setattr(settings, "ourairports_url", publisher_server.url("airports.csv"))
    return publisher_server


def test_the_table_is_downloaded_again_only_when_it_has_changed(server):
    server.answers = [Answer(AIRPORTS, etag='"1"')]

    (first,) = download("airports", [ALL])
    (second,) = download("airports", [ALL])

    assert (first.path.read_bytes(), first.source) == (AIRPORTS, settings.ourairports_url)
    assert second == first and server.asked("If-None-Match") == [None, '"1"']

    server.answers = [Answer(AIRPORTS.replace(b"Imperial County", b"Royal County"), etag='"2"')]
    (third,) = download("airports", [ALL])
    assert b"Royal County" in third.path.read_bytes() and first.path.exists()
