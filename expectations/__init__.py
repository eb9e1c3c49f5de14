"""Great Expectations: the gates between raw, clean, the marts and the published warehouse.

One module per dataset, named like its contract, holds the suites of its raw files and clean rows; ``marts.py`` holds
those of the candidate warehouse. ``validate.py`` runs the suites of one boundary and raises when data fails them.
"""

import os

# Great Expectations reads this once, on import, so it must be set before any suite module is imported.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
