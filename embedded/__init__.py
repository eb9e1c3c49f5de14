"""The embedded Airflow: one machine, no services (SQLite metadata, LocalExecutor).

`doctor.py` checks the machine, `environment.py` holds the configuration,
`airflow.py` starts, asks and stops it, `demo.py` runs the whole year through it.
"""
