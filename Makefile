# certportal: `make run` serves the portal with demo data, `make test` proves it. Both set everything up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
DEMO ?= 1
PYVERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv-$(PYVERSION)
BIN := $(VENV)/bin
export DJANGO_SETTINGS_MODULE = certportal.settings

.PHONY: help run serve setup setup-dev test check bench messages lock

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/run.stamp: requirements/run.txt
	@scripts/setup $(PYTHON) $(VENV) run
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt
	@scripts/setup $(PYTHON) $(VENV) dev
	@touch $@ $(VENV)/run.stamp

setup: $(VENV)/run.stamp ## virtual environment, locked dependencies, local secrets
	@$(BIN)/python -m certportal.local_env

setup-dev: $(VENV)/dev.stamp
	@$(BIN)/python -m certportal.local_env

run: setup ## serve the portal with demo data: PORT=8000 DEMO=1 DEMO_PASSWORD=…
	@PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) DEMO=$(DEMO) scripts/run

serve: setup ## production: web server and worker, settings from the environment
	@PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) scripts/serve

test: setup-dev ## everything the tests need, then all tests (PYTHON=python3.13 for another Python)
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/test $(ARGS)

check: setup-dev ## format, lint, types, imports, migrations, generated docs, translations, templates
	@scripts/test-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

bench: setup-dev ## the benchmarks, a line a figure: name, value, unit (ONLY=name for one)
	@$(BIN)/python -m bench $(ONLY)

messages: setup-dev ## new texts into the Chinese catalogue (locale/), and compile it
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/messages

lock: setup-dev ## resolve the dependencies anew
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lock

