# `make chat` installs what the advisor needs and opens the conversation; `make test` installs what the
# tests need and runs them. Both work in a fresh clone with Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TESTS ?= tests

.PHONY: chat install dev test check gate bench vectors clean

chat: $(VENV)/.installed
	@$(BIN)/advisor chat

install: $(VENV)/.installed

dev: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "the advisor needs Python 3.11 or newer; set PYTHON=…, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing the advisor into $(VENV) (once, a few minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing the advisor with its test tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(TESTS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

gate: $(VENV)/.dev
	@$(BIN)/advisor eval gate --profile fast

bench: $(VENV)/.dev
	@$(BIN)/python benchmarks/run.py

vectors: $(VENV)/.dev
	@$(BIN)/python tools/ship_vectors.py

clean:
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
