"""The cleaning jobs: one module per dataset, named as its contract in ``ontime/datasets/``.

A job module has ``MAPPINGS`` (from each publisher's columns to the job's own names), ``lookups()`` (the reference data
that it needs) and ``clean(rows, **lookups)``, which returns the clean and the rejected rows. Everything about the clean
columns comes from the contract. ``spark_jobs.engine`` does what all jobs share.
"""
