# Two commands do everything: `make demo` and `make test`. Each does all the set-up it needs, in any order.
PYTHON ?= python3
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

ifneq ($(shell command -v uv 2>/dev/null),)
  VENV := uv venv --quiet --python $(PYTHON) .venv
  INSTALL := uv pip install --quiet --python $(BIN)/python
else
  VENV := $(PYTHON) -m venv .venv
  INSTALL := $(BIN)/python -m pip install --quiet
endif

.PHONY: setup demo test check lock oldest faults systems hostile bench bench-events fresh audit train-extraction clean
.DELETE_ON_ERROR:

setup: .venv/installed-dev

demo: .venv/installed
	$(BIN)/kontorist demo

# By file: what a file prepares (an office, Prefect's server) is prepared once. Groups of xdist 3.8 are lost on pytest 9.2.
test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not faults"

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/domain --cov=kontorist/domain --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered

# The short version runs in .ci/run with KONTORIST_FAULT_KILLS=2.
faults: .venv/installed-dev
	KONTORIST_FAULT_KILLS=$${KONTORIST_FAULT_KILLS:-20} $(BIN)/python -m pytest -n 2 --dist loadfile -m faults --timeout 3600

# Tests of real servers and browsers, none of them left out.
systems: .venv/installed-dev
	KONTORIST_REQUIRE_SYSTEMS=1 $(BIN)/python -m pytest -m systems

# All hostile files of the shared corpus and our own bombs through a running installation; a table of how each ended.
hostile: .venv/installed-dev
	$(BIN)/python -m kontorist.testing.hostile

# The oldest versions that pyproject.toml allows, in an environment of their own.
oldest: .venv-oldest/installed
	.venv-oldest/bin/python -m pytest -n 2 --dist loadfile -m "not faults"

# Without the lock: does what the index offers today still start?
fresh:
	rm -rf .venv-fresh && $(subst .venv,.venv-fresh,$(VENV)) && $(subst .venv,.venv-fresh,$(INSTALL)) -e .
	.venv-fresh/bin/kontorist demo

bench: bench-events
	$(BIN)/python benchmarks/extraction.py --invoice2data .venv/invoice2data
	$(BIN)/python benchmarks/einvoices.py

# Against Node-RED too where npm is there: it is installed beside this folder's environment, never into the repository.
bench-events: .venv/installed-dev
	$(BIN)/python benchmarks/events.py --node-red .venv/node-red

# Weights and calibration of the page reader, from labelled invoices and drawn papers: the same bytes every time.
train-extraction: .venv/installed-dev
	$(BIN)/python -m kontorist.testing.train_extraction --seed 1 --corpus ../shared/corpus/invoices

audit: .venv/installed-dev
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(INSTALL) pip
	$(BIN)/python -m pip install --quiet pip-audit && $(BIN)/pip-audit --disable-pip -r requirements.lock

# Universal, with hashes, without any address of an index: uv and pip both install them.
LOCK := uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
lock:
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --all-extras -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv .venv-oldest .venv-fresh var kontorist-demo

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Kontorist needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 2; }
	$(VENV)

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ .venv/installed

.venv-oldest/installed: pyproject.toml
	uv venv --quiet --python $(PYTHON) .venv-oldest
	uv pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct -e '.[dev]'
	@touch $@
