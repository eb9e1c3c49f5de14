"""Statistics of the published warehouse: effects, types of days, unusual days, leaks, and the report about them."""
