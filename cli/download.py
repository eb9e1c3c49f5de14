"""``ontime download``."""

from cli.options import Datasets, From, To, partitions, report_errors


def download(datasets: Datasets, first_month: From = "", last_month: To = "") -> None:
    """Download raw files into the lake; an unchanged file stays as it is."""
    from ontime import lake
    from ontime.sources.base import DownloadFailed, NotPublished
    from ontime.sources.download import download as download_partitions

    for dataset, wanted in partitions(datasets, first_month, last_month).items():
        with report_errors(NotPublished, DownloadFailed, lake.CorruptRawFile):
            download_partitions(dataset, wanted)
