"""The folder publisher: your own files, in any format that the dataset is published in.

``ONTIME_SOURCE=folder ONTIME_SOURCE_DIR=~/my-files ontime download flights --from 2013-01`` reads
``<dataset>/<partition>.csv``, here ``flights/2013-01.csv``; a table without months is ``airlines/all.csv``.
"""

import shutil
from pathlib import Path

from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources.base import NotPublished, Published


class FolderPublisher:
    """Publishes the files of ``ONTIME_SOURCE_DIR``."""

    def fetch(self, dataset: str, partition: str, target: Path, previous: RawFile | None = None) -> Published:
        """Copy the file to ``target``. Raises :class:`NotPublished` if the folder or the file is missing."""
        if settings.source_dir is None:
            raise NotPublished("ONTIME_SOURCE=folder needs the folder's path in ONTIME_SOURCE_DIR.")
        path = settings.source_dir / dataset / f"{partition}.csv"
        if not path.is_file():
            raise NotPublished(f"{path} does not exist: put the {dataset} file for {partition} there.")
        shutil.copyfile(path, target)
        return Published(str(path))
