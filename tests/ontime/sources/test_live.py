"""Each dataset comes from the source that its contract names."""

import pkgutil
from dataclasses import replace

import pytest

from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.sources.base import NotPublished, Published
from ontime.sources.live import LivePublisher

LIVE = [name for name, dataset in DATASETS.items() if dataset.live]


class FakeFetcher:
    """Answers with the number of its calls."""

    def __init__(self):
        self.calls = 0

    def fetch(self, partition, /, target, previous=None):
        self.calls += 1
        return Published(f"{partition}, call {self.calls}")


@pytest.mark.parametrize("dataset", LIVE)
def test_the_fetcher_of_every_contract_exists(dataset):
    fetcher = pkgutil.resolve_name(DATASETS[dataset].live)()
    assert callable(fetcher.fetch)


def test_one_download_shares_one_fetcher_between_its_months(tmp_path, monkeypatch):
    contract = replace(DATASETS["weather"], live=f"{__name__}:FakeFetcher")
    monkeypatch.setitem(DATASETS, "weather", contract)
    publisher = LivePublisher()
    months = [publisher.fetch("weather", month, tmp_path / "file") for month in ("2025-01", "2025-02")]
    assert months == [Published("2025-01, call 1"), Published("2025-02, call 2")]
    assert LivePublisher().fetch("weather", "2025-03", tmp_path / "file") == Published("2025-03, call 1")


def test_a_dataset_without_a_live_source_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setitem(DATASETS, "airlines", replace(DATASETS["airlines"], live=None))
    with pytest.raises(NotPublished, match="airlines has no live source: download it with ONTIME_SOURCE=embedded"):
        LivePublisher().fetch("airlines", ALL, tmp_path / "file")
