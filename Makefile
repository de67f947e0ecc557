# `make` prints what there is. Each target makes the virtual environment first where it is needed.

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
DIALOGSUM ?=
EXTRAS := train,ct2,serve,report,parquet,dev

BIN := $(VENV)/bin
READY := $(VENV)/.installed
BEGUN := $(VENV)/.installing

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench figures soak docs clean starter dialogsum-named
MAKEFLAGS += --no-print-directory

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  PYTHON=python3.12   the Python of a new $(VENV) (3.11 or later)"
	@echo "  TORCH_INDEX=URL     one more package index to take torch from, such as a CPU-only one"

demo: $(READY) ## four ways of summarising compared, with a report: no network, no GPU, under 6 minutes
	@$(BIN)/upshot demo

test: $(READY) ## all tests but the long campaigns
	@$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadfile

lint: $(READY) ## style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY) ## the comparisons of bench/ and their goals as one table: about half an hour on an idle machine
	@$(BIN)/python bench/measure/table.py

figures: $(READY) ## what summaries, confidence and masking are worth, as the tables of docs/ show it
	@$(BIN)/python bench/measure/table.py --figures

soak: $(READY) ## the long campaigns: kills, full disks, bad inputs, load
	@$(BIN)/python -m pytest -m soak

docs: $(READY) ## the generated parts of docs/ written anew
	@$(BIN)/python -m upshot.recipe_docs

starter: dialogsum-named $(READY) ## train the starter and pack it into the package: make starter DIALOGSUM=FOLDER
	@$(BIN)/upshot train recipes/starter.yaml --set "data.source=$(DIALOGSUM)"
	@$(BIN)/python tools/pack_starter.py weights runs/starter
	@$(BIN)/python tools/starter_about.py "$(DIALOGSUM)"
	@$(BIN)/upshot run recipes/dialogsum-starter.yaml --only zero-shot --set "data.source=$(DIALOGSUM)"
	@$(BIN)/python tools/pack_starter.py card runs/dialogsum-starter

.PHONY: dialogsum-named
dialogsum-named:
	@test -n "$(DIALOGSUM)" || { echo "starter: say where DialogSum is: make starter DIALOGSUM=FOLDER (train.csv, validation.csv, test.csv)"; exit 2; }

clean: ## remove the virtual environment, caches and builds; runs/ stays
	@rm -rf .venv .venv-ci build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find bench examples src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is the last thing made. What an interrupted installation left behind is thrown away: pip would take half a package for a whole one.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "upshot needs Python 3.11 or later, $(PYTHON) is not: make PYTHON=python3.12"; exit 2; }
	@echo "Installing upshot and its pinned packages into $(VENV) (some minutes the first time)"
	@if [ -e $(BEGUN) ]; then rm -rf $(VENV); fi
	@mkdir -p $(VENV) && touch $(BEGUN)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)") -e '.[$(EXTRAS)]'
	@mv $(BEGUN) $(READY) && touch $(READY)
