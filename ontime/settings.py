"""The only reader of environment variables, and the only place that knows a path.

Every setting is a field of :class:`Settings`; the environment variable is its
name in capitals with the prefix ``ONTIME_`` (``ONTIME_DATA_DIR=/mnt/big make demo``).
Every path below is derived from ``data_dir`` or from where the code lives.
"""

import os
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ONTIME_")

    data_dir: Path = Field(PROJECT_DIR / "data", description="Everything the pipeline writes.")
    source: Literal["embedded", "folder", "live"] = Field(
        "embedded", description="Which publisher raw files come from."
    )
    bts_flights_url: str = Field(
        "https://transtats.bts.gov/PREZIP/"
        "On_Time_Reporting_Carrier_On_Time_Performance_1987_present_{year}_{month}.zip",
        description="Live flights: a zip a month (Bureau of Transportation Statistics).",
    )
    bts_airlines_url: str = Field(
        "https://www.transtats.bts.gov/Download_Lookup.asp?Y11x72=Y_haVdhR_PNeeVRef",
        description="Live airlines: the lookup table L_UNIQUE_CARRIERS (Bureau of Transportation Statistics).",
    )
    source_dir: Path | None = Field(None, description="The folder of the publisher `folder`.")
    ghcnh_url: str = Field(
        "https://www.ncei.noaa.gov/oa/global-historical-climatology-network/hourly/access/by-year",
        description="Where NOAA has hourly weather, a folder a year.",
    )
    weather_airports: str = Field(
        "", description="Airports whose weather is downloaded, `ATL BOS`; else all that have a known station."
    )
    ourairports_url: str = Field(
        "https://davidmegginson.github.io/ourairports-data/airports.csv", description="Where OurAirports has its table."
    )
    aircraft_registry: Literal["embedded", "faa"] = Field(
        "embedded", description="Where the publisher `live` has aircraft from."
    )
    faa_url: str = Field(
        "https://registry.faa.gov/database/ReleasableAircraft.zip", description="Where the FAA has its registry."
    )
    user_agent: str | None = Field(None, description="How downloads name themselves; else as Ontime.")
    port: int = Field(8080, description="Port of the embedded Airflow's UI, on loopback.")
    airflow_url: str | None = Field(None, description="Address of an Airflow that runs already; else the embedded one.")
    secrets_folder: Path | None = Field(None, description="Airflow's secrets; the default is Airflow's home.")
    spark_master: str = Field("local[*]", description="Spark master of the embedded Airflow and of jobs by hand.")
    spark_driver_memory: str = Field("2g", description="Heap of the Spark driver.")
    spark_executor_memory: str = Field("1g", description="Heap of each Spark executor on a cluster.")
    spark_sort_memory: str = Field(
        "3600m", description="What Spark on one machine may hold beside its heap, for rows to sort; 0: nothing."
    )
    spark_pool: str = Field("default_pool", description="Airflow's pool of Spark jobs: its slots are how many at once.")
    duckdb_memory_limit: str = Field("4GB", description="What a DuckDB process may hold in memory; beyond it, disk.")
    duckdb_threads: int = Field(4, ge=1, description="Threads of a DuckDB process.")
    training_flights: int = Field(
        3_000_000, ge=1, description="A training works on the most recent months that together have no more flights."
    )
    promotion_needs_approval: bool = Field(False, description="Ask in Airflow's UI before a new champion.")
    published_versions_kept: int = Field(3, ge=1, description="Warehouse versions kept for rollback.")

    @field_validator("data_dir", "source_dir", "secrets_folder", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Programs that we start may change directory, and know no ``~``."""
        return path and path.expanduser().absolute()

    # -- the lake --------------------------------------------------------------
    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def station_years_dir(self) -> Path:
        """Weather as NOAA puts it up, by station and year: raw months are cut from these files."""
        return self.raw_dir / ".station_years"

    @property
    def clean_dir(self) -> Path:
        return self.data_dir / "clean"

    @property
    def quarantine_dir(self) -> Path:
        return self.data_dir / "quarantine"

    # -- the warehouse ---------------------------------------------------------
    @property
    def warehouse_dir(self) -> Path:
        return self.data_dir / "warehouse"

    @property
    def warehouse_candidate(self) -> Path:
        """The DuckDB file that dbt builds; nothing but the gates reads it."""
        return self.warehouse_dir / "candidate.duckdb"

    @property
    def candidate_inputs_dir(self) -> Path:
        """Links to all clean partitions that the candidate is made of: what is cleaned meanwhile is not."""
        return self.warehouse_dir / "candidate_inputs"

    @property
    def candidate_changes_dir(self) -> Path:
        """Links to what dbt reads of them: reference tables, and the months that have changed."""
        return self.warehouse_dir / "candidate_changes"

    @property
    def duckdb_config(self) -> dict[str, str | bool | int | float | list[str]]:
        """What every connection to DuckDB is opened with."""
        return {"memory_limit": self.duckdb_memory_limit, "threads": self.duckdb_threads}

    @property
    def dbt_project_dir(self) -> Path:
        return PROJECT_DIR / "dbt_project"

    @property
    def dbt_parsed_dir(self) -> Path:
        """What `python -m ontime.warehouse.dbt` parses the project into."""
        return self.data_dir / "dbt"

    @property
    def dbt_manifest(self) -> Path:
        """The parsed dbt project, from which Airflow draws one task per model."""
        return self.dbt_parsed_dir / "manifest.json"

    @property
    def dbt_environment(self) -> dict[str, str]:
        """What `profiles.yml` and the dbt sources read from the environment."""
        return {
            "ONTIME_DBT_DUCKDB_PATH": str(self.warehouse_candidate),
            "ONTIME_DBT_CLEAN_DIR": str(self.candidate_changes_dir),
            "ONTIME_DUCKDB_MEMORY_LIMIT": self.duckdb_memory_limit,
            "ONTIME_DUCKDB_THREADS": str(self.duckdb_threads),
        }

    @property
    def airport_supplement(self) -> Path:
        """Airports that the publisher's table lacks or has wrong: a dbt seed, read by Spark too."""
        return self.dbt_project_dir / "seeds" / "airport_supplement.csv"

    @property
    def station_crosswalk(self) -> Path:
        """The weather station of each airport: a dbt seed, read by the download and by Spark too."""
        return self.dbt_project_dir / "seeds" / "station_crosswalk.csv"

    # -- what people look at ---------------------------------------------------
    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def mlflow_database(self) -> Path:
        """MLflow's runs, versions and aliases."""
        return self.models_dir / "mlflow.db"

    @property
    def mlflow_artifacts_dir(self) -> Path:
        """MLflow's artifact store: the model cards of its runs."""
        return self.models_dir / "artifacts"

    @property
    def dbt_docs_dir(self) -> Path:
        """dbt's documentation of the warehouse: ``python -m ontime.warehouse docs`` writes it."""
        return self.data_dir / "dbt_docs"

    @property
    def data_docs_dir(self) -> Path:
        """Great Expectations' Data Docs: open ``index.html`` in a browser."""
        return self.data_dir / "data_docs"

    @property
    def report_page(self) -> Path:
        """What the flights tell: ``python -m analysis report`` writes it. One file, which needs no network."""
        return self.data_dir / "report" / "index.html"

    # -- Airflow ---------------------------------------------------------------
    @property
    def airflow_address(self) -> str:
        """Where `python -m chain` finds Airflow."""
        return self.airflow_url or f"http://127.0.0.1:{self.port}"

    @property
    def secrets_dir(self) -> Path:
        return self.secrets_folder or self.airflow_home

    @property
    def dags_dir(self) -> Path:
        return PROJECT_DIR / "dags"

    @property
    def spark_application(self) -> Path:
        """What ``spark-submit`` runs: ``python -m spark_jobs`` as a file."""
        return PROJECT_DIR / "spark_jobs" / "__main__.py"

    @property
    def spark_class_archive(self) -> Path:
        """What `python -m spark_jobs.engine.class_archive` makes. It belongs to the environment, whose jars it is made from."""
        return Path(sys.prefix) / "spark-classes.jsa"

    @property
    def airflow_home(self) -> Path:
        return self.data_dir / "airflow"

    def as_environment(self) -> dict[str, str]:
        """These settings as the variables that they are read from: for programs that shall have the same."""
        return {f"ONTIME_{name.upper()}": str(value) for name, value in self if value is not None}

    def environment_with(self, changes: dict[str, str]) -> dict[str, str]:
        """This process's environment with some variables changed: for the programs that it starts."""
        return {**os.environ, **changes}


settings = Settings()
