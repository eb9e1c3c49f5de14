"""The fetchers that `ontime dataset new` writes: a folder, and an address on a local server."""

import pytest

from ontime.scaffold import project
from ontime.sources.base import NotPublished
from tests.ontime.sources.misbehaving_server import Answer

ANSWERS = {
    "name": "rain", "title": "Rain", "cadence": "month", "header": "day,n", "types": "date %Y-%m-%d; int32",
    "month_columns": "day", "key": "day", "time_zone": "UTC", "license": "CC0", "measure": "n",
}  # fmt: skip
MARCH = b"day,n\n2024-03-01,7\n"


@pytest.fixture
def fetcher(tmp_path, monkeypatch):
    """Renders the dataset with a source and makes its fetcher."""

    def make(source: str):
        monkeypatch.setattr(project, "PROJECT_DIR", tmp_path / "project")
        project.new(ANSWERS | {"source": source})
        names: dict = {}
        exec((tmp_path / "project" / "ontime" / "sources" / "rain.py").read_text(), names)
        return names["Rain"]()

    return make


def test_a_folder(fetcher, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "2024-03.csv").write_bytes(MARCH)
    rain = fetcher(str(tmp_path / "files"))
    published = rain.fetch("2024-03", tmp_path / "target")
    assert ((tmp_path / "target").read_bytes(), published.source) == (MARCH, str(tmp_path / "files" / "2024-03.csv"))
    with pytest.raises(NotPublished, match=r"2024-04\.csv does not exist: put the rain file"):
        rain.fetch("2024-04", tmp_path / "other")


@pytest.mark.parametrize(
    ("pattern", "path"), [("{year}/{mm}.csv", "2024/03.csv"), ("rain-{month}.csv", "rain-2024-03.csv")]
)
def test_an_address(fetcher, tmp_path, publisher_server, pattern, path):
    publisher_server.answers = [Answer(MARCH)]
    published = fetcher(publisher_server.url(pattern)).fetch("2024-03", tmp_path / "target")
    assert ((tmp_path / "target").read_bytes(), published.source) == (MARCH, publisher_server.url(path))
