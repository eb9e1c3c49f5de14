"""The embedded Airflow: one machine, no services (SQLite metadata, LocalExecutor).

`doctor.py` checks the machine, `environment.py` holds the configuration,
`launcher.py` is its processes, `airflow.py` starts, asks and stops them, `chain.py`
follows a run to its end, and `summary.py` tells what it left behind.
"""
