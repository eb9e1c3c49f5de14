# A bare `make` prints this menu.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough; `make PYTHON=/path/to/python3.13 …` names another.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUITABLE)' 2>/dev/null && echo $$p && break; done),python3)
ONTIME_PORT ?= 8080
export ONTIME_PORT

VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
MONTHS ?= 2013-01 2013-12
SCALES ?= 1 10 100 200

COMPOSE ?= docker compose
# Newer engines would else give an unchanged image another digest, and compose would start everything anew.
export BUILDX_NO_DEFAULT_ATTESTATIONS = 1
UP_TIMEOUT_SECONDS ?= 900

.PHONY: help demo backfill up test lint bench doctor install lock clean up-docker test-more test-docker

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: preflight install ## the whole year through Airflow: raw files to a scored model, then stop
	@$(BIN)/python -m embedded demo $(MONTHS)

backfill: install ## months FROM to TO, one after the other: through the Airflow that runs, or one of its own
	@test -n "$(FROM)" && test -n "$(TO)" || { echo "Say which months: make backfill FROM=2019-01 TO=2020-12"; exit 1; }
	@$(BIN)/python -m embedded backfill $(FROM) $(TO)

up: preflight install ## Airflow with its UI, until Ctrl-C
	@$(BIN)/python -m embedded up

test: export ONTIME_PORT = 0 # the tests find their own
test: preflight install ## the tests
	@$(BIN)/python -m pytest

up-docker: docker ## the full stack in containers, until `docker compose down`
	@$(COMPOSE) up --build --detach --wait --wait-timeout $(UP_TIMEOUT_SECONDS) $(UP_OPTIONS)
	@set -e; login=$$($(COMPOSE) exec --no-TTY api-server python -m local_airflow.credentials login); \
	airflow=$$($(COMPOSE) port api-server 8080); dashboard=$$($(COMPOSE) port dashboard 8000); \
	spark=$$($(COMPOSE) port spark-master 8080); \
	echo "Airflow    http://localhost:$${airflow##*:}  $$login"; \
	echo "Dashboard  http://localhost:$${dashboard##*:}"; \
	echo "Spark      http://localhost:$${spark##*:}"
	@echo "Trigger ingest (start here), or: docker compose exec api-server python -m chain"

test-more: export ONTIME_PORT = 0
test-more: preflight install ## the tests that are slow and about what seldom changes
	@$(BIN)/python -m pytest -m more

test-docker: docker install ## the full stack, started and tested: docker needed
	@$(BIN)/python -m pytest -n 0 -m docker tests/docker

lint: install ## ruff, mypy, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

bench: install ## engines, settings, executors, stages, one more month, the service, a national decade: hours
	@$(BIN)/python -m bench cleaning $(SCALES:%=--scale %)
	@$(BIN)/python -m bench defaults
	@$(BIN)/python -m bench cluster
	@$(BIN)/python -m bench stages
	@$(BIN)/python -m bench increment
	@$(BIN)/python -m bench serving
	@$(BIN)/python -m bench large

doctor: ## check this machine: Python, Java, memory, disk, port
	@$(PYTHON) embedded/doctor.py --port $(ONTIME_PORT)

install: $(VENV)/installed ## the locked environment, in .venv

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' pyproject.toml

lock: install ## resolve pyproject.toml again into requirements.lock and requirements-dev.lock
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove the data and everything generated; the environment stays
	@rm -rf data dbt_project/target dbt_project/logs logs .pytest_cache .mypy_cache .ruff_cache

.PHONY: docker
docker:
	@$(COMPOSE) version >/dev/null 2>&1 && docker info >/dev/null 2>&1 || { echo "Docker with Compose v2 is needed, \
	and its engine running: https://docs.docker.com/engine/install. Without Docker: make demo, or make up."; exit 1; }

.PHONY: preflight
preflight:
	@$(PYTHON) embedded/doctor.py --port $(ONTIME_PORT) --quiet

$(VENV)/installed: requirements-dev.lock pyproject.toml
	@echo "Installing the locked environment into $(VENV) (about 1.5 GB, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@$(BIN)/python -m spark_jobs.engine.class_archive
	@touch $@
