# Two commands do everything: `make demo` and `make test`. Each does all the set-up it needs.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

.PHONY: setup demo test check lock oldest faults systems bench fresh audit clean

setup: .venv/.dev
demo: .venv/.run
	$(BIN)/kontorist demo

test: .venv/.dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup
