"""Ontime: US flight delays, from raw file to scored model.

This package is the application. It knows files, tables and models; it knows
neither Airflow nor Spark nor Great Expectations (see `docs/reference/architecture.md`).
"""
