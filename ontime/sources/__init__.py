"""Where raw files come from: one module per dataset, one module per publisher.

A dataset module names the columns of its files, by format, and downloads it; a publisher knows
how to get one file. `publisher.py` joins the two, `formats.py` tells the formats apart.
"""
