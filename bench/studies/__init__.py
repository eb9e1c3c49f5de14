"""The measurements in `docs/reference/performance.md`: one module per study, run by ``ontime bench``."""

from ontime.settings import settings

#: The embedded year.
FIRST_MONTH, LAST_MONTH = "2013-01", "2013-12"
#: The data directories of the studies. Fixed here, because studies change ``settings.data_dir``.
ROOT = settings.data_dir / "bench"
