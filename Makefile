# utabox: `make run` serves, `make test` runs every test. Both set up what they need in .venv.

PYTHON ?= python3
BIN = .venv/bin
ARGS ?=

.PHONY: run test bench lint docs clean

run: .venv/.run  ## set up and serve; ARGS="--port 9000 --memory" passes options on
	@$(BIN)/utabox serve $(ARGS)

test: .venv/.test tests/clients/node_modules/.done tests/browser/node_modules/.done  ## set up and run every test
	@$(BIN)/python -m pytest $(ARGS)

bench: .venv/.bench  ## measure; writes docs/performance.md
	@$(BIN)/python bench/run.py $(ARGS)

lint: .venv/.lint  ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: .venv/.run  ## write the pages that follow from the declarations
	@$(BIN)/python docs/generate.py

clean:  ## forget everything that was set up
	rm -rf .venv tests/clients/node_modules tests/browser/node_modules

# --- setting up, once and again when the dependencies change ---------------------------------

INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on

.venv/bin/python:
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "No virtual environment: on Debian, apt-get install python3-venv, then try again." >&2; \
	  exit 1; }

.venv/.run: pyproject.toml | .venv/bin/python
	@echo "Installing utabox into .venv (once) ..."
	@$(INSTALL) --editable '.[try]'
	@touch $@

.venv/.test: pyproject.toml | .venv/bin/python
	@echo "Installing utabox and the test clients into .venv (once) ..."
	@$(INSTALL) --editable '.[test]'
	@touch $@ .venv/.run

.venv/.lint: pyproject.toml | .venv/bin/python
	@$(INSTALL) --editable '.[test,lint,bench]'
	@touch $@ .venv/.run .venv/.test .venv/.bench

.venv/.bench: pyproject.toml | .venv/bin/python
	@$(INSTALL) --editable '.[test,bench]'
	@touch $@ .venv/.run .venv/.test

tests/clients/node_modules/.done: tests/clients/package.json tests/clients/package-lock.json
	@echo "Installing bybit-api for Node (once) ..."
	@cd tests/clients && npm ci --silent --no-audit --no-fund
	@touch $@

tests/browser/node_modules/.done: tests/browser/package.json tests/browser/package-lock.json
	@echo "Installing axe-core for the tests in a browser (once) ..."
	@cd tests/browser && npm ci --silent --no-audit --no-fund
	@touch $@
