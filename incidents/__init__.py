"""Incidents: faults in the real chain, to find and to repair on a branch of one's own clone."""
