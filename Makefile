# Every target makes what it needs from nothing.
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/pytest

REPORTS := build/reports

.PHONY: help demo test check unit worlds soak faults integration agreement ui pages browser dev bench bench-peers audit clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/'

demo: .venv/.ready ## Run the taxi pipeline on real rows (DEMO_ARGS=--exit to leave when it is done)
	$(BIN)/tiercel demo $(DEMO_ARGS)

test: check unit worlds integration browser ## Everything that must pass
	$(BIN)/python tools/agreement score $(REPORTS)/unit.xml $(REPORTS)/worlds.xml $(REPORTS)/integration.xml $(REPORTS)/browser.xml $$(ls $(REPORTS)/*_again.xml 2>/dev/null)

check: .venv/.ready ## Format, lint, types, import layers
	$(BIN)/ruff format --check src tests bench ui hatch_build.py
	$(BIN)/ruff check src tests bench ui hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/.ready ## Fast tests: no servers
	$(PYTEST) -q -n 2 --junit-xml=$(REPORTS)/unit.xml $(wildcard tests/unit tests/property)

worlds: .venv/.ready ## 20,000 random worlds against the engine's rules
	$(PYTEST) -q -n 2 --junit-xml=$(REPORTS)/worlds.xml tests/simulation

soak: .venv/.ready ## Random worlds on every processor until stopped (SEED=… to begin there)
	PYTHONPATH=tests $(BIN)/python -m simulation.soak $(SEED)

faults: .venv/.ready ## The fault tests at full size: an hour or more (docs/faults.md)
	TIERCEL_FAULT_LOAD=1000 TIERCEL_FAULT_RESTARTS=12 TIERCEL_FAULT_EVERY=5 TIERCEL_FAULT_SEEDS=50 \
	TIERCEL_FAULT_SILENT=30 TIERCEL_FAULT_STALE=5000 TIERCEL_FAULT_PATIENCE=900 \
	$(PYTEST) -q --timeout 1800 --durations 10 tests/fault

# Three at a time on two cores: many of them wait more than they work. Each file by one process: its
# servers are started once. The longest first: none is left over at the end.
integration: .venv/.ready ## Tests on real PostgreSQL, NATS, processes and HTTP
	tools/run-tests $(REPORTS)/integration.xml -n 3 --dist loadfile --no-loadscope-reorder $(wildcard tests/fault tests/integration tests/format)

agreement: pages ## How far everything agrees with the original, or is better: a score for each list
	tools/chromium
	-$(PYTEST) -q -n 2 --junit-xml=$(REPORTS)/agreement.xml $$($(BIN)/python tools/agreement ids | grep -v ^tests/browser)
	-$(PYTEST) -q -n 2 --dist loadfile --junit-xml=$(REPORTS)/agreement_pages.xml $$($(BIN)/python tools/agreement ids | grep ^tests/browser)
	$(BIN)/python tools/agreement score --all $(REPORTS)/agreement.xml $(REPORTS)/agreement_pages.xml

ui: .venv/.ready ## Build the pages of the browser into this checkout
	$(BIN)/python ui/build.py

pages: ui ## Build the pages and test their logic
	$(BIN)/python ui/build.py test

browser: pages ## Tests of every page in Chromium, where one is found or can be installed
	tools/chromium
	tools/run-tests $(REPORTS)/browser.xml -n 2 --dist loadfile tests/browser

dev: .venv/.ready ui ## A server on this checkout's own data folder
	$(BIN)/tiercel server local --data-dir .data

bench: .venv/.ready ## Print the figures of docs/performance.md
	$(BIN)/python -m bench

bench-peers: .venv/.ready ## Other orchestrators beside ours, into docs/performance.md (PEERS="tiercel luigi …" ARGS="--repeats 1")
	$(BIN)/python -m bench.peers $(PEERS) $(ARGS)

audit: .venv/.ready ## Known weaknesses of the pinned dependencies, asked of PyPI
	$(BIN)/uv tool run pip-audit --strict --no-deps --disable-pip -r requirements/dev.txt

clean: ## Remove everything that was made
	rm -rf .venv .data .cache build ui/node_modules src/tiercel/web/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/.ready: requirements/dev.txt requirements/clients.txt pyproject.toml tools/bootstrap
	tools/bootstrap
	@touch $@
