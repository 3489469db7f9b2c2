# run: set up and serve (APP=my_app.py:reply serves a function of your own). test: set up and run every test;
# test-unit, test-live, test-page: those without a server, with servers, and in browsers. check: what CI runs.
# format: apply the formatters. coverage: lines and branches that the unit tests reach. contracts: which package imports which.
# lock: bring the pinned requirements in line with pyproject.toml (UPGRADE=1: and all pins up to date).
# audit: look up the pins' known vulnerabilities (needs a network). sbom: list what is delivered, for such tools, in sbom.cdx.json.
# bench: measure. pictures: make the README's. translations: bring the catalogues in line with the code. Each sets up what it needs, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The tests start some 150 servers: each module is compiled for the first of them only.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder
DENO = DENO_DIR=$(VENV)/.deno DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
# One set of pins for every system, and for every Python from the oldest on.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade)
# Nothing is built: that would run code of the package, and fetch unpinned what the build needs. Where a wheel is missing: make WHEELS=
WHEELS = --only-binary :all:
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(WHEELS)

.PHONY: run test test-unit test-live test-page coverage check lint format types contracts lock audit sbom bench pictures translations setup setup-dev clean

run: setup
	@$(BIN)/python -m chatapp $(if $(APP),run $(APP))

test: setup-dev
	@$(PYTEST)

test-unit: setup-dev
	@$(PYTEST) tests/unit

test-live: setup-dev
	@$(PYTEST) tests/live

test-page: setup-dev
	@$(PYTEST) tests/browser

coverage: setup-dev
	@$(PYTEST) tests/unit --cov

# Every test once: the unit tests have run for their coverage.
check: setup-dev lint types contracts coverage
	@$(PYTEST) tests/live tests/browser

lint: setup-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@if [ -x $(BIN)/biome ]; then $(BIN)/biome ci --error-on-warnings; else echo "The scripts are not checked: biome has no package for this machine."; test -z "$$CI"; fi

format: setup-dev
	@$(BIN)/ruff format .
	@if [ -x $(BIN)/biome ]; then $(BIN)/biome check --write; fi

types: setup-dev
	@$(BIN)/mypy
	@$(DENO) check --quiet --config jsconfig.json --no-lock --no-remote --no-npm static/js types

contracts: setup-dev
	@$(BIN)/lint-imports --no-logo

lock: setup-dev
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --output-file requirements-dev.txt --group dev --constraint requirements.txt
	@$(LOCK) --output-file requirements-pip.txt --group pip
	@$(LOCK) --output-file requirements-audit.txt --group audit --constraint requirements-dev.txt

audit: $(VENV)/.audit
	@for pins in requirements*.txt; do echo "$$pins:"; $(BIN)/pip-audit --requirement $$pins --require-hashes --disable-pip --strict --progress-spinner off || failed=1; done; exit $$failed

sbom: setup-dev
	@$(BIN)/python -m scripts.sbom > sbom.cdx.json || { rm sbom.cdx.json; exit 1; }

bench: setup-dev
	@$(BIN)/python -m bench

pictures: setup-dev
	@$(BIN)/python scripts/pictures.py

translations: setup-dev
	@$(BIN)/python -m scripts.translations

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %s. Name another: make PYTHON=python3.12" % sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip uninstall --quiet --yes setuptools 2>/dev/null # up to Python 3.11: as old as that Python, and unused

$(VENV)/.pip: requirements-pip.txt | $(BIN)/python
	@$(INSTALL) -r requirements-pip.txt
	@touch $@

$(VENV)/.runtime: requirements.txt $(VENV)/.pip
	@echo "Installing what chatapp needs into $(VENV) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.pip
	@echo "Installing the tests' tools into $(VENV) ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(VENV)/.audit: requirements-audit.txt $(VENV)/.pip
	@echo "Installing pip-audit into $(VENV) ..."
	@$(INSTALL) -r requirements-audit.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage*
