.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

$(VENV)/run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run
	$(INSTALL) --editable ".[dev,fit]"
	@touch $@

$(VENV)/scale: $(VENV)/run
	$(INSTALL) --editable ".[scale]"
	@touch $@

LAB := sqlite:///lab.db

.PHONY: help demo app test faults lab scale-demo bench bench-attention bench-scale format lint types clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/run ## run 500 sample leads, and 24 reports on sample prices, through the hub and show the summaries
	$(BIN)/roundhouse run lead-qualification data/leads.csv
	$(BIN)/roundhouse run data-reporting data/reports.jsonl

app: $(VENV)/run ## open the app in the browser: figures, inbox, runs, what-ifs; on this machine only
	$(BIN)/streamlit run app.py

test: $(VENV)/dev ## run the whole test suite
	$(BIN)/python -m pytest

faults: $(VENV)/dev ## kill processes, take databases away and fill disks, at length
	ROUNDHOUSE_FAULTS=long $(BIN)/python -m pytest tests/faults

lab: $(VENV)/run ## measure what coordination costs, in every shape; the report is in docs/lab, and goes on where it was stopped
	for each in sizes faults overlap leads; do $(BIN)/roundhouse lab $$each --database $(LAB) || exit 1; done
	$(BIN)/python -m lab $(LAB) docs/lab

scale-demo: $(VENV)/scale ## run 2,000 cases on PostgreSQL with two workers, kill one of them, and show what became of it
	$(BIN)/python -m benchmarks.scale_demo

bench: $(VENV)/dev ## measure speed, memory and quality against named rivals
	$(BIN)/python -m benchmarks

bench-attention: $(VENV)/dev ## measure whether a certificate keeps what it says, and how soon drift ends it
	$(BIN)/python -m benchmarks.attention

bench-scale: $(VENV)/scale ## measure workers on PostgreSQL: speed, deaths, answers, a million runs; about 25 minutes
	$(BIN)/python -m benchmarks.scale

format: $(VENV)/dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/dev ## check style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev ## check types
	$(BIN)/mypy

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
