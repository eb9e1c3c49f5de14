"""How candidates are measured: one split in time, the same scores for all, intervals, and a leak alarm."""
