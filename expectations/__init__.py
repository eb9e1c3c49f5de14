"""The gates: what must hold before data passes from raw to clean, to marts, to what is published.

One suite module per dataset and one for the marts; `validate.py` runs a boundary and raises.
"""

import os

# Great Expectations reads this once, while it is being imported: it must be set before any suite module is.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
