"""The stored data as Airflow assets. When a task updates an asset, Airflow starts the DAG that reads it."""

from airflow.sdk import Asset

from ontime.datasets import DATASETS

RAW = {name: Asset(f"raw_{name}", uri=f"ontime://raw/{name}") for name in DATASETS}
CLEAN = {name: Asset(f"clean_{name}", uri=f"ontime://clean/{name}") for name in DATASETS}
WAREHOUSE = Asset("warehouse", uri="ontime://warehouse/ontime.duckdb")
MODEL = Asset("model", uri="ontime://models/champion")
REPORT = Asset("report", uri="ontime://report/index.html")
MONITORING = Asset("monitoring", uri="ontime://warehouse/monitoring.duckdb")
PREDICTIONS = Asset("predictions", uri="ontime://warehouse/predictions.duckdb")
