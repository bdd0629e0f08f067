# The hub's tasks. Nothing but Python >= 3.11 and make is needed: every target makes what it needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# One process of tests for each core; a file's tests stay together and share what they start. What
# fails is run once more: the summary names it as RERUN, for a test that passes by chance is a defect.
PARALLEL ?= -n auto --dist loadfile --reruns 1

# uv is quick where it can be had; pip does the same, slower, and knows its own configuration.
INSTALL = install() { \
	if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python "$$@"; then return 0; fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$@"; }; install
PROJECT = --no-deps --no-build-isolation --editable .
# Installing compiles it, where there is a C compiler; what compiled it before is stale when it changes.
NATIVE = hatch_build.py $(wildcard hub/wire/plain/*.pyx)
PURE = $(BIN)/python -c 'import hub.wire.plain.native' 2>/dev/null || \
	echo "Protobuf and MessagePack are not compiled (is there a C compiler?): they work, more slowly." >&2

export PYTHONUNBUFFERED := 1
# Without its bytecode kept, every start compiles two thousand modules anew: five seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test soak lint docs bench lock clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(VENV)/.dev  ## make .venv with everything for development

run: $(VENV)/.runtime  ## start the hub; options go in ARGS="--port 8123"
	@$(BIN)/python manage.py serve $(ARGS)

test: $(VENV)/.dev  ## run all tests; options of pytest go in ARGS
	@HUB_DATA_DIR="$${HUB_DATA_DIR:-var/tests}" $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

soak: $(VENV)/.dev  ## run the long tests, which `make test` leaves out
	@HUB_DATA_DIR="$${HUB_DATA_DIR:-var/tests}" $(BIN)/python -m pytest $(PARALLEL) --soak -m soak $(ARGS)

lint: $(VENV)/.dev  ## format, lint, types, import contracts, YAML
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict -d '{extends: default, rules: {line-length: {max: 100}}}' docker

docs: $(VENV)/.docs  ## build the documentation into build/docs; a warning is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/site/mkdocs.yml
	@echo "Open build/docs/index.html"

bench: $(VENV)/.dev  ## measure against peers; options go in ARGS
	@$(BIN)/python -m tests.bench.run $(ARGS)
	@for part in graphql caching schedules sockets serving injection lifespans codecs resolving registry calls; do $(BIN)/python -m tests.bench.$$part; done

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: $(VENV)/.dev  ## renew the lock files from pyproject.toml; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra production --group dev --group build -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra production -c requirements-dev.lock -o requirements.lock
	$(COMPILE) --group build -c requirements-dev.lock -o requirements-build.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group docs -c requirements-dev.lock -o requirements-docs.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group uv -o requirements-uv.lock

clean:  ## remove what these tasks made, except var/ (the hub's data)
	rm -rf $(VENV) build dist var/tests .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis .bench .coverage .coverage.* hub/wire/plain/native.*.so

# Stamps: a repeated call is instant, a changed lock or pyproject.toml installs again.

$(VENV)/.made: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The hub needs Python 3.11 or newer: name one with PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python's venv module is missing (Debian: apt install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
		--require-hashes -r requirements-uv.lock || echo "No uv for this machine: pip installs." >&2
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements.lock requirements-build.lock pyproject.toml $(NATIVE)
	@echo "Installing what the hub needs ..."
	@$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(INSTALL) $(PROJECT)
	@$(PURE)
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.lock requirements.lock pyproject.toml $(NATIVE)
	@echo "Installing what the hub and its tests need ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) $(PROJECT)
	@$(PURE)
	@touch $(VENV)/.runtime $@

$(VENV)/.docs: $(VENV)/.dev requirements-docs.lock
	@echo "Installing what the documentation needs ..."
	@$(INSTALL) --require-hashes -r requirements-docs.lock
	@touch $@
