"""Airflow on one machine without services (SQLite, LocalExecutor), and runs of months through any Airflow.

`doctor.py` checks the machine. `environment.py` configures the local Airflow, `launcher.py` is its processes and
`airflow.py` starts and stops them. `client.py` calls Airflow's REST API, `follow.py` follows a run to its end,
`backfill.py` loads many months, and `summary.py` turns the results into tables.
"""
