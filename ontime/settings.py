"""All settings and paths. No other module reads environment variables or defines a path.

Every setting is a field of :class:`Settings`. Its environment variable is the name in capitals after ``ONTIME_``:
``ONTIME_DATA_DIR=/mnt/big make demo``. The file ``.env`` in the project's folder may hold the same names; an
environment variable overrides it. Paths derive from ``data_dir`` or from the folder of the code.
"""

import glob
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent

#: Whose project this is; `ontime/project.py` reads it.
PROJECT_FILE = PROJECT_DIR / "project.toml"

#: Docker compose reads this file too. Tests set ONTIME_ENV_FILE to /dev/null to be independent of it.
ENV_FILE = Path(os.environ.get("ONTIME_ENV_FILE", PROJECT_DIR / ".env"))

#: Characters that no path may have. DuckDB reads a backslash as a slash. Airflow replaces variables ($), and ends the
#: path of its database at a question mark. Python reads bytes that are not UTF-8 as lone surrogates.
UNUSABLE = re.compile(r"[\\?$\x00-\x1f\x7f\ud800-\udfff]")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ONTIME_", env_file=ENV_FILE, env_ignore_empty=True, extra="ignore")

    data_dir: Path = Field(PROJECT_DIR / "data", description="Folder of everything that the pipeline writes.")
    source: Literal["embedded", "folder", "live"] = Field(
        "embedded", description="Publisher of the raw files: a Python package, a folder, or the public sources."
    )
    bts_flights_url: str = Field(
        "https://transtats.bts.gov/PREZIP/"
        "On_Time_Reporting_Carrier_On_Time_Performance_1987_present_{year}_{month}.zip",
        description="Live flights: one zip per month (Bureau of Transportation Statistics).",
    )
    bts_airlines_url: str = Field(
        "https://www.transtats.bts.gov/Download_Lookup.asp?Y11x72=Y_haVdhR_PNeeVRef",
        description="Live airlines: the lookup table L_UNIQUE_CARRIERS (Bureau of Transportation Statistics).",
    )
    source_dir: Path | None = Field(None, description="Folder that the publisher `folder` reads.")
    ghcnh_url: str = Field(
        "https://www.ncei.noaa.gov/oa/global-historical-climatology-network/hourly/access/by-year",
        description="Live weather: hourly files in one folder per year (NOAA).",
    )
    weather_airports: str = Field(
        "", description="Airports whose weather is downloaded, for example `ATL BOS`; empty: all with a known station."
    )
    ourairports_url: str = Field(
        "https://davidmegginson.github.io/ourairports-data/airports.csv",
        description="Live airports: one table (OurAirports).",
    )
    aircraft_registry: Literal["embedded", "faa"] = Field(
        "embedded", description="Aircraft of the publisher `live`: the embedded table of 2013, or the FAA's registry."
    )
    faa_url: str = Field(
        "https://registry.faa.gov/database/ReleasableAircraft.zip", description="Live aircraft: the FAA's registry."
    )
    user_agent: str | None = Field(None, description="User-Agent header of downloads; the default names Ontime.")
    port: int = Field(8080, description="Port of Airflow's UI on 127.0.0.1.")
    airflow_url: str | None = Field(
        None, description="Address of an Airflow that already runs; the default is the local one."
    )
    secrets_folder: Path | None = Field(None, description="Folder of Airflow's secrets; the default is Airflow's home.")
    spark_master: str = Field("local[*]", description="Spark master of every Spark job.")
    spark_driver_memory: str = Field("2g", description="Heap of the Spark driver.")
    spark_executor_memory: str = Field("1g", description="Heap of each Spark executor on a cluster.")
    spark_sort_memory: str = Field(
        "3600m", description="Memory for sorting rows that local Spark may use in addition to its heap; 0: none."
    )
    spark_pool: str = Field(
        "default_pool", description="Airflow's pool of Spark jobs; its slots limit how many run at once."
    )
    duckdb_memory_limit: str = Field(
        "4GB", description="Memory limit of a DuckDB process; above it, DuckDB writes to disk."
    )
    duckdb_threads: int = Field(4, ge=1, description="Threads of a DuckDB process.")
    training_flights: int = Field(
        3_000_000,
        ge=1,
        description="Training uses the most recent months that together have at most this many flights.",
    )
    promotion_needs_approval: bool = Field(False, description="A person must approve a new champion in Airflow's UI.")
    lock_wait_seconds: float = Field(
        600, ge=0, description="How long a step waits for another one that works on the same data."
    )
    request_timeout_seconds: float = Field(
        10, gt=0, description="How long a web server waits for the head of a request, and then for its body."
    )
    requests_at_once: int = Field(32, ge=1, description="Predictions that the service computes at once; more get 503.")
    connections_at_once: int = Field(500, ge=1, description="Connections that a web server holds; more get 503.")
    answers_dir: Path = Field(PROJECT_DIR / "answers", description="Folder of your answers to the labs.")
    incidents_dir: Path = Field(PROJECT_DIR / "data" / "incidents", description="Folder of the incidents' data.")
    published_versions_kept: int = Field(3, ge=1, description="Warehouse versions kept for rollback.")

    traceback: bool = Field(False, description="Print Python's traceback of a failure, besides its explanation.")

    @field_validator("data_dir", "source_dir", "secrets_folder", "answers_dir", "incidents_dir", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Expand ``~`` and make the path absolute: programs that we start may change directory.

        Raises ``ValueError`` for a path that one of those programs cannot use.
        """
        if not path:
            return None
        absolute = path.expanduser().absolute()
        if UNUSABLE.search(str(absolute)):
            raise ValueError(
                f"{str(absolute)!r} has a character that Airflow, DuckDB or Java cannot use in a path "
                "(backslash, ?, $, a control character, or bytes that are not UTF-8): choose another folder"
            )
        return absolute

    @property
    def locks_dir(self) -> Path:
        return self.data_dir / ".locks"

    # -- the lake --------------------------------------------------------------
    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def station_years_dir(self) -> Path:
        """NOAA's weather files, one per station and year; raw months are cut from them."""
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
        """The DuckDB file that dbt builds; only the gates read it."""
        return self.warehouse_dir / "candidate.duckdb"

    @property
    def candidate_inputs_dir(self) -> Path:
        """Links to the clean partitions that the candidate is built from, as they were when it was prepared."""
        return self.warehouse_dir / "candidate_inputs"

    @property
    def candidate_changes_dir(self) -> Path:
        """Links to the part of the candidate's inputs that dbt reads: reference tables and changed months."""
        return self.warehouse_dir / "candidate_changes"

    @property
    def duckdb_config(self) -> dict[str, str | bool | int | float | list[str]]:
        """Configuration of every DuckDB connection."""
        return {"memory_limit": self.duckdb_memory_limit, "threads": self.duckdb_threads}

    @property
    def dbt_project_dir(self) -> Path:
        return PROJECT_DIR / "dbt_project"

    @property
    def dbt_parsed_dir(self) -> Path:
        """Output folder of `ontime airflow parse`."""
        return self.data_dir / "dbt"

    @property
    def dbt_manifest(self) -> Path:
        """The parsed dbt project; Airflow makes one task per model from it."""
        return self.dbt_parsed_dir / "manifest.json"

    @property
    def dbt_environment(self) -> dict[str, str]:
        """Environment variables that `profiles.yml` and the dbt sources read."""
        return {
            "ONTIME_DBT_DUCKDB_PATH": str(self.warehouse_candidate),
            # dbt makes a DuckDB glob pattern of it, in which a bracket in the folder's name would be a wildcard.
            "ONTIME_DBT_CLEAN_DIR": glob.escape(str(self.candidate_changes_dir)),
            "ONTIME_DUCKDB_MEMORY_LIMIT": self.duckdb_memory_limit,
            "ONTIME_DUCKDB_THREADS": str(self.duckdb_threads),
        }

    def seed(self, name: str) -> Path:
        """A seed of the dbt project."""
        return self.dbt_project_dir / "seeds" / f"{name}.csv"

    @property
    def airport_supplement(self) -> Path:
        """Airports that the publisher's table lacks or gets wrong: a dbt seed, which Spark reads too."""
        return self.seed("airport_supplement")

    @property
    def station_crosswalk(self) -> Path:
        """The weather station of each airport: a dbt seed, which the download and Spark read too."""
        return self.seed("station_crosswalk")

    # -- models and reports ----------------------------------------------------
    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def mlflow_database(self) -> Path:
        """MLflow's runs, versions and aliases."""
        return self.models_dir / "mlflow.db"

    @property
    def mlflow_artifacts_dir(self) -> Path:
        """MLflow's artifact store; it holds the model cards."""
        return self.models_dir / "artifacts"

    @property
    def dbt_docs_dir(self) -> Path:
        """dbt's documentation of the warehouse, written by `ontime warehouse docs`."""
        return self.data_dir / "dbt_docs"

    @property
    def data_docs_dir(self) -> Path:
        """Great Expectations' Data Docs: open ``index.html`` in a browser."""
        return self.data_dir / "data_docs"

    @property
    def report_page(self) -> Path:
        """The page of statistics, written by `ontime report`: one file that needs no network."""
        return self.data_dir / "report" / "index.html"

    @property
    def second_opinion(self) -> Path:
        """What R says about the report's odds, written by `ontime report --second-opinion`."""
        return self.data_dir / "report" / "second-opinion.json"

    @property
    def site_dir(self) -> Path:
        """The static site, written by `ontime site build`: a link to its folder in ``site_versions_dir``."""
        return self.data_dir / "site"

    @property
    def site_versions_dir(self) -> Path:
        return self.data_dir / ".sites"

    # -- Airflow ---------------------------------------------------------------
    @property
    def airflow_address(self) -> str:
        """Address of Airflow's UI and REST API."""
        return self.airflow_url or f"http://127.0.0.1:{self.port}"

    @property
    def secrets_dir(self) -> Path:
        return self.secrets_folder or self.airflow_home

    @property
    def dags_dir(self) -> Path:
        return PROJECT_DIR / "dags"

    @property
    def spark_application(self) -> Path:
        """The program that ``spark-submit`` runs."""
        return PROJECT_DIR / "spark_jobs" / "submit.py"

    @property
    def spark_home(self) -> Path:
        """The folder of the installed Spark. ``spark-submit`` itself does not find it in a path with a blank."""
        package = find_spec("pyspark")
        assert package and package.submodule_search_locations  # noqa: S101 - it is locked
        return Path(package.submodule_search_locations[0])

    @property
    def spark_class_archive(self) -> Path:
        """Output of `python -m spark_jobs.engine.class_archive`; part of the environment whose jars it holds."""
        return Path(sys.prefix) / "spark-classes.jsa"

    @property
    def runs_dir(self) -> Path:
        """The run ledger: what Airflow has finished (:mod:`ontime.ledger`)."""
        return self.data_dir / "runs"

    @property
    def airflow_home(self) -> Path:
        return self.data_dir / "airflow"

    def as_environment(self) -> dict[str, str]:
        """These settings as environment variables, for programs that must use the same settings."""
        return {f"ONTIME_{name.upper()}": str(value) for name, value in self if value is not None}

    def environment_with(self, changes: dict[str, str]) -> dict[str, str]:
        """This process's environment with some variables changed, for programs that it starts."""
        return {**os.environ, **changes}


def _read() -> Settings:
    """The settings; a wrong one ends the process with one sentence."""
    try:
        return Settings()
    except ValidationError as problem:
        error = problem.errors()[0]
        name = f"ONTIME_{'_'.join(map(str, error['loc']))}".upper()
        reason = error["msg"].removeprefix("Value error, ")
        sys.exit(f"{name}={error['input']}: {reason}. Correct it in the environment or in {ENV_FILE}.")


settings = _read()
