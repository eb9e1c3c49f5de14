# A bare `make` prints this menu.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# UTF-8 also where the locale is another one; ontime/__init__.py does the same for the processes that it starts.
export PYTHONUTF8 = 1
# Keep compiled modules where a machine says otherwise: every process would compile each library it imports.
export PYTHONDONTWRITEBYTECODE =

# The first supported Python on PATH; `make PYTHON=/path/to/python3.13 …` names another.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done),python3)

VENV := .venv
BIN := $(VENV)/bin

COMPOSE ?= docker compose
# Otherwise newer engines give an unchanged image a new digest, and compose restarts every container.
export BUILDX_NO_DEFAULT_ATTESTATIONS = 1
UP_TIMEOUT_SECONDS ?= 900

# `make demo MONTHS="2013-01 2013-03"`, `make backfill FROM=2019-01 TO=2020-12 DATASETS="flights footfall"`
FROM ?= $(firstword $(MONTHS))
TO ?= $(lastword $(MONTHS))
RANGE = $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))
SCALES ?= 1 10 100 200

.PHONY: help demo backfill up dashboard site test lint bench doctor install lock clean up-docker test-more test-docker mutants

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: preflight install ## run the year 2013 through Airflow, from raw files to a scored model, then stop
	@$(BIN)/ontime demo $(RANGE)

backfill: install ## load the months FROM to TO of DATASETS (flights), in the running Airflow or in its own
	@$(BIN)/ontime backfill $(strip $(DATASETS) $(DATASET) $(RANGE))

up: preflight install ## start Airflow with its UI, until Ctrl-C
	@$(BIN)/ontime up

dashboard: install ## show what is published at http://localhost:8000, until Ctrl-C
	@$(BIN)/python -m dashboard

site: install ## build the static site about what is published, and verify every number in it
	@$(BIN)/ontime site build
	@$(BIN)/ontime site verify

test: export ONTIME_PORT = 0 # tests choose their own ports
test: preflight install ## run the tests
	@$(BIN)/python -m pytest

up-docker: docker ## start the full stack in containers, until `docker compose down`
	@$(COMPOSE) up --build --detach --wait --wait-timeout $(UP_TIMEOUT_SECONDS) $(UP_OPTIONS)
	@set -e; login=$$($(COMPOSE) exec --no-TTY api-server ontime airflow login); \
	airflow=$$($(COMPOSE) port api-server 8080); dashboard=$$($(COMPOSE) port dashboard 8000); \
	spark=$$($(COMPOSE) port spark-master 8080); \
	echo "Airflow    http://localhost:$${airflow##*:}  $$login"; \
	echo "Dashboard  http://localhost:$${dashboard##*:}"; \
	echo "Spark      http://localhost:$${spark##*:}"
	@echo "Trigger ingest (start here), or run: docker compose exec api-server ontime run"

test-more: export ONTIME_PORT = 0
test-more: preflight install ## run the slow tests
	@$(BIN)/python -m pytest -m more

test-docker: docker install ## start the full stack and test it; needs Docker
	@$(BIN)/python -m pytest -n 0 -m docker tests/docker

mutants: install ## change the code in 300 places and see whether tests notice: hours; in a copy, never here
	@$(BIN)/uv run --no-project --with cosmic-ray==8.7.0 python tests/mutants.py $(BIN)/python $(MUTANTS)

lint: install ## check style, types, imports, SQL, spelling and secrets: all hooks of pre-commit
	@$(BIN)/pre-commit run --all-files

bench: install ## measure engines, settings, executors, stages, one more month, the service, a national decade: hours
	@$(BIN)/ontime bench cleaning $(SCALES:%=--scale %)
	@$(BIN)/ontime bench defaults
	@$(BIN)/ontime bench cluster
	@$(BIN)/ontime bench stages
	@$(BIN)/ontime bench increment
	@$(BIN)/ontime bench serving
	@$(BIN)/ontime bench dashboard
	@$(BIN)/ontime bench large

doctor: ## check this machine: Python, Java, memory, disk, port
	@"$(PYTHON)" local_airflow/doctor.py

install: $(VENV)/installed ## install the locked environment into .venv

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' pyproject.toml

lock: install ## resolve pyproject.toml again into the lock files
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@awk '/^uv==/ { uv = 1 } uv { print } uv && !/\\$$/ { exit }' requirements-dev.lock > requirements-uv.lock

clean: ## remove the data and everything generated; the environment stays
	@rm -rf data dbt_project/target dbt_project/logs logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.PHONY: docker
docker:
	@$(COMPOSE) version >/dev/null 2>&1 && docker info >/dev/null 2>&1 || { echo "This needs Docker with Compose v2 \
	and a running engine: https://docs.docker.com/engine/install. Without Docker, use make demo or make up."; exit 1; }

.PHONY: preflight
preflight:
	@"$(PYTHON)" local_airflow/doctor.py --quiet

$(VENV)/installed: requirements-dev.lock requirements-uv.lock pyproject.toml
	@echo "Installing the locked environment into $(VENV) (about 1.5 GB, once)"
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@# Relative: in the locale C, Python 3.11 cannot read an absolute path with an umlaut here, and does not start.
	@for path in $(VENV)/lib/python3*/site-packages/_editable_impl_ontime.pth; do echo ../../../.. > $$path; done
	@$(BIN)/python -m spark_jobs.engine.class_archive
	@touch $@
