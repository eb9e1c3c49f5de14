"""The server that the live sources download from."""

from collections.abc import Iterator

import pytest

from ontime.sources import http
from tests.ontime.sources.misbehaving_server import MisbehavingServer, misbehaving_server


@pytest.fixture
def publisher_server(monkeypatch: pytest.MonkeyPatch, data_dir) -> Iterator[MisbehavingServer]:
    """A local server, reached without a proxy and without pauses between requests."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    with misbehaving_server() as server:
        yield server
