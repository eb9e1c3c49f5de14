"""The places data rests at, as Airflow assets: what links one DAG to the next."""

from airflow.sdk import Asset

from ontime.datasets import DATASETS

RAW = {dataset: Asset(f"raw_{dataset}", uri=f"ontime://raw/{dataset}") for dataset in DATASETS}
CLEAN = {dataset: Asset(f"clean_{dataset}", uri=f"ontime://clean/{dataset}") for dataset in DATASETS}
WAREHOUSE = Asset("warehouse", uri="ontime://warehouse/ontime.duckdb")
MODEL = Asset("model", uri="ontime://models/champion")
REPORT = Asset("report", uri="ontime://report/index.html")
MONITORING = Asset("monitoring", uri="ontime://warehouse/monitoring.duckdb")
PREDICTIONS = Asset("predictions", uri="ontime://warehouse/predictions.duckdb")
