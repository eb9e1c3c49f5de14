"""What every room's tests share."""

from pathlib import Path

import pytest

from ontime.settings import settings


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory that every path of the application now lies in."""
    monkeypatch.setattr(settings, "data_dir", tmp_path / "data")
    return settings.data_dir
