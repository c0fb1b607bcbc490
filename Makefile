# Everything a person or CI calls. Each target does its own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find tools schema clients -type f -not -name "*.pyc") pyproject.toml registry.yaml README.md

.PHONY: help demo test check bench bench-servers soak soak-servers servers format clean
help:  ## What there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

demo: .venv/demo.installed  ## The main job, with real logins, on this machine
	@$(BIN)/clientreg demo

test: .venv/dev.installed  ## Every test
	@$(BIN)/python -m pytest -q

check: .venv/dev.installed  ## Format, lint, types, layers, documents in step, workflows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=tools $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/docs
	@rm -rf .venv/made
	@for host in github gitlab; do PIP_NO_INDEX=1 $(BIN)/clientreg init .venv/made/$$host --ci $$host >.venv/made.log 2>&1 || { cat .venv/made.log; exit 1; }; done
	@$(BIN)/actionlint .github/workflows/*.yml .venv/made/github/.github/workflows/*.yml
	@$(BIN)/zizmor --offline --quiet .github/workflows .venv/made/github/.github/workflows
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci .venv/made/gitlab/.gitlab-ci.yml
	@$(BIN)/clientreg codeowners --check >/dev/null
	@$(BIN)/clientreg docs --check

FILES ?= 10000
bench: .venv/dev.installed .venv/ajv.installed  ## The performance table, beside other tools (quick: FILES=2000)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(FILES)

CLIENTS ?= 1000
ROUNDS ?= 5
bench-servers: .venv/dev.installed  ## What a real Keycloak costs, beside a bare loop (quick: CLIENTS=200 ROUNDS=3)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.servers $(CLIENTS) $(ROUNDS)

COUNT ?= 20000
SEED ?= 1
soak: .venv/dev.installed  ## Hostile files, seeded; what breaks a law is kept in .soak (COUNT=, SEED=, AGAIN=file)
	@PYTHONPATH=tests $(BIN)/python -m soak $(if $(AGAIN),$(AGAIN),$(COUNT) $(SEED))

servers:  ## Install the real servers that tests can use, outside this folder
	@PYTHONPATH=tests $(PYTHON) -m servers

COUNT ?= 1000
SEED ?= 1
SERVERS ?= embedded Keycloak oidc-provider
soak-servers: .venv/dev.installed  ## Odd clients in bulk on real servers (COUNT=10000 SEED=1 SERVERS=Keycloak)
	@PYTHONPATH=tests $(BIN)/python -m acceptance $(COUNT) $(SEED) $(SERVERS)

format: .venv/dev.installed  ## Rewrite the code in the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## Remove what the other targets made
	rm -rf .venv .clientreg handover

# The lock files pin every package by hash; pip refuses anything else.
.venv/demo.locked: .ci/embedded.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what the demo needs into .venv" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/embedded.lock
	@touch $@

.venv/dev.locked: .ci/dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what the tests need into .venv" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/dev.lock
	@rm -rf .venv/wheels
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --dest .venv/wheels -r .ci/embedded.lock
	@touch $@ .venv/demo.locked

# Without npm, the benchmark goes without this peer and says so.
.venv/ajv.installed: tests/benchmarks/ajv/package-lock.json .venv/dev.locked
	@if command -v npm >/dev/null; then echo "installing ajv-cli into .venv/ajv" >&2 && mkdir -p .venv/ajv \
		&& cp tests/benchmarks/ajv/package*.json .venv/ajv && npm ci --silent --ignore-scripts --prefix .venv/ajv \
		&& touch $@; fi

# The package is built once: what is installed, and what tests pin, is one wheel.
.venv/package.installed: .venv/demo.locked $(SOURCES)
	@rm -f .venv/wheels/clientreg-*.whl
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir .venv/wheels .
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall .venv/wheels/clientreg-*.whl
	@touch $@

.venv/demo.installed: .venv/package.installed
	@touch $@

.venv/dev.installed: .venv/dev.locked .venv/package.installed
	@touch $@
