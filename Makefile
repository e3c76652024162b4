# certportal: `make run` serves the portal with demo data, `make test` tests it. Both set everything up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
DEMO ?= 1
PYVERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv-$(PYVERSION)
BIN := $(VENV)/bin
BEGAN := $(shell date +%s)
export DJANGO_SETTINGS_MODULE = certportal.settings

.PHONY: help run migrate serve setup setup-dev test test-fast test-long screenshots check bench bench-growth messages pictures lock

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/run.stamp: requirements/run.txt
	@scripts/setup $(PYTHON) $(VENV) run
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt
	@scripts/setup $(PYTHON) $(VENV) dev
	@touch $@ $(VENV)/run.stamp

setup: $(VENV)/run.stamp ## create the virtual environment and local secrets, install locked dependencies
	@$(BIN)/python -m certportal.local_env

setup-dev: $(VENV)/dev.stamp
	@$(BIN)/python -m certportal.local_env

run: setup ## serve the portal with demo data (PORT=8000 DEMO=1 DEMO_PASSWORD=…)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) DEMO=$(DEMO) scripts/run

migrate: $(VENV)/run.stamp ## production: update the database, once per release, before `make serve`
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/migrate

serve: $(VENV)/run.stamp ## production: run web server and worker, settings from the environment
	@PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) scripts/serve

test: setup-dev ## run all tests (PYTHON=python3.13 for another Python)
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" BEGAN=$(BEGAN) scripts/test $(ARGS)

test-fast: setup-dev ## run the tests that need no browser and no process, on SQLite
	@PATH="$(CURDIR)/$(BIN):$$PATH" BEGAN=$(BEGAN) scripts/test --fast

test-long: setup-dev ## run the long tests: hundreds of killed workers, every page in every look
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/test-long

screenshots: setup-dev ## take pictures of every page in every look, and of single steps (build/screenshots/)
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" PICTURES=1 scripts/test tests/journeys

check: setup-dev ## check format, lint, types, imports, migrations, docs, translations, templates
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

bench: setup-dev ## measure the portal beside its peers (ONLY=name for one, WRITE=1 to keep docs/performance.md)
	@PATH="$(CURDIR)/$(BIN):$$PATH" python -m bench $(ONLY) $(if $(WRITE),--write)

bench-growth: setup-dev ## measure both desks at 1 000, 100 000 and, on PostgreSQL, a million rows
	@PATH="$(CURDIR)/$(BIN):$$PATH" python -m tests.postgresql python -m bench growing

messages: setup-dev ## update and compile the Chinese catalogue (locale/)
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/messages

pictures: setup-dev ## take the README's pictures from a demo
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/pictures

lock: setup-dev ## update the locked dependencies
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lock

