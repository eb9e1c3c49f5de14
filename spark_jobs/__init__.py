"""The cleaning jobs: one module per dataset, named as its contract in ``ontime/datasets/``.

A job module has ``MAPPINGS`` (from each publisher's columns to the job's own names) and ``clean(rows, **lookups)``,
which returns the clean and the rejected rows. Everything about the clean columns, and what is looked up in other
tables, comes from the contract. ``spark_jobs.engine`` does what all jobs share.
"""
