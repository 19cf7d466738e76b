# Every target sets up what it needs and works without activating the virtual environment.
# REQUIRE_ALL=1 makes a missing tool an error instead of a named omission.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SETUP := .venv/.setup-done
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-slow lint types fmt ui ui-test ui-test-slow bridges-test browser browser-slow screenshots wheel docs release audit licences bench soak lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## Put everything into .venv

$(SETUP): constraints.txt pyproject.toml studio/pyproject.toml sandbox/pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" bash scripts/setup.sh
	@touch $@

demo: setup ## Run the flow of the screenshot against an embedded sandbox org
	@$(BIN)/ziggy-sf-write demo

test: setup ## The quick suite, with linters and types
	@bash scripts/test.sh quick

test-fast: setup ## The quick tests of the plugin alone, under a minute
	@bash scripts/test.sh fast

test-slow: setup ## The slow suite: clients, wheel, thousands of schedules
	@bash scripts/test.sh slow

lint: setup ## ruff, import contracts, declared dependencies, the prose of the documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@for product in . studio sandbox; do (cd $$product && $(CURDIR)/$(BIN)/deptry .) || exit 1; done
	@$(BIN)/python scripts/prose.py

types: setup ## mypy, strict
	@$(BIN)/mypy

fmt: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

ui/node_modules/.package-lock.json: ui/package-lock.json ui/react18/package-lock.json
	@cd ui && npm ci --silent && npm ci --silent --prefix react18
	@touch $@

ui: ui/node_modules/.package-lock.json ## Build the editor; the build is committed with its sources
	@cd ui && npm run --silent fmt >/dev/null && npm run --silent build

ui-test: ui/node_modules/.package-lock.json ## The editor: lint, types, unit tests, budgets
	@cd ui && npm run --silent lint && npm run --silent types && npm run --silent test && npm run --silent budget

ui-test-slow: ui/node_modules/.package-lock.json ## The editor: rules that compile it, types under React 18, and the build once more, byte for byte
	@cd ui && npm run --silent lint:compiled && npm run --silent types:react18 && npm run --silent rebuilt

bridges/node_modules/.package-lock.json: bridges/package-lock.json
	@cd bridges && npm ci --silent
	@touch $@

bridges-test: bridges/node_modules/.package-lock.json ## The bridges to hosts in JavaScript: format and types; pytest has the rest
	@cd bridges && npm run --silent lint && npm run --silent types

browser: setup ui/node_modules/.package-lock.json ## The editor in a real Chromium: the stories
	@cd ui && npm run --silent browser

browser-slow: setup ui/node_modules/.package-lock.json ## The editor in a real Chromium: what takes its time
	@cd ui && BROWSER=slow npm run --silent browser

screenshots: setup ui/node_modules/.package-lock.json ## The pictures of the docs, taken from the real editor
	@cd ui && node scripts/screenshots.mjs

wheel: setup ## Build the wheels and sdists of all three products into dist/
	@for product in . studio sandbox; do $(BIN)/python -m build --no-isolation --outdir dist $$product || exit 1; done

soak: setup ## A studio under load for three minutes, and what it leaves behind: memory, threads, files
	@$(BIN)/python -m scripts.soak

release: setup ## Build the three wheels and a bill of materials for each, check each in an empty environment, and say what a human must still do; URL=https://host/owner/name puts the public address into them
	@$(BIN)/python -m scripts.release $(if $(URL),--url $(URL))

audit: setup ## Ask for known advisories about everything that the locks name
	@$(BIN)/python scripts/audit.py

licences: setup ## List the licences of what each distribution brings along
	@$(BIN)/python scripts/licences.py

docs: setup ## Write the generated pages anew: problem codes, options, the sandbox's clients
	@$(BIN)/python scripts/generate_validation_docs.py
	@$(BIN)/python scripts/generate_option_docs.py
	@$(BIN)/python scripts/generate_command_docs.py
	@$(BIN)/python scripts/generate_client_docs.py

bench: setup ## Run the benchmarks and write what they measured into docs/performance.md
	@$(BIN)/python -m scripts.bench

lock: setup ## Write constraints.txt anew from pyproject.toml
	@bash scripts/lock.sh

clean: ## Remove what the targets have made
	@rm -rf .venv .setup dist build
