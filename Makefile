# make help lists what there is. CORE=2.18 does it with that ansible-core, in a virtual environment of its own.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CORE ?=
# The first Python that is new enough; without one, python3, which then says so.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; done; echo python3)
VENV := $(CURDIR)/.venv$(if $(CORE),-$(CORE))
BIN := $(VENV)/bin
READY := $(VENV)/ready

# Ansible keeps its own files in the checkout, and finds the collection under the name that it imports.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export ANSIBLE_HOME := $(CURDIR)/.build/home
export NO_COLOR := 1
export MAKE
export LC_ALL := C.UTF-8
export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/tests/lab
unexport VIRTUAL_ENV
COLLECTION := $(ANSIBLE_COLLECTIONS_PATH)/ansible_collections/mailops/exchange

# The long ones begin, so that two lanes end together.
GATES := molecule sanity import lint mypy docs changelog ruff

.PHONY: help demo demo-certificates demo-repair lab check test test-nightly bench venv kerberos clean $(GATES) unit in-process wire tests-quick tests-all tests-nightly

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

## The four commands of every day

demo: $(READY) ## start the lab, configure its servers twice, show what happened
	@python tests/tools/demo.py

demo-certificates: $(READY) ## start the lab, roll a certificate out twice, report before and after
	@python tests/tools/demo_certificates.py

demo-repair: $(READY) ## break 443 and 444 and a directory of servers in the lab, and repair them
	@python tests/tools/demo_repair.py

lab: $(READY) ## start the lab and leave it running (ARGS='--estate coexistence' for another estate)
	@python -m exchange_lab --estate two_datacenters --dir build/lab $(ARGS)

check: $(READY) ## lint, types, unit and in-process tests but the slow ones (under 3 minutes)
	@python tests/tools/run_gates.py ruff mypy --then tests-quick

test: $(READY) ## everything (under 20 minutes on two cores)
	@python tests/tools/run_gates.py $(GATES) --then tests-all

## Less often

NIGHTLY_CORES ?= 2.18 2.19
test-nightly: $(READY) ## other ansible-core versions, random examples, large estates
	@status=0; for core in $(NIGHTLY_CORES); do \
		echo "== ansible-core $$core"; \
		$(MAKE) --no-print-directory check CORE=$$core && $(MAKE) --no-print-directory sanity CORE=$$core || status=1; \
	done; $(MAKE) --no-print-directory tests-nightly || status=1; exit $$status

bench: $(READY) ## measure against a task a setting and against today's way; writes build/bench.json
	@python -m tests.benchmarks

venv: $(READY) ## the virtual environment with all tools

kerberos: $(VENV)/kerberos ## add the Kerberos packages (compiled: see bindep.txt)

clean: ## remove everything that make has written
	@rm -rf .build build .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/output .venv .venv-*

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) tests/tools/check_python.py
	@echo "Building $(notdir $(VENV)), once, with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt $(if $(CORE),'ansible-core~=$(CORE).0')
	@$(BIN)/python tests/tools/collection_tree.py >/dev/null
	@touch $@

$(VENV)/kerberos: requirements-kerberos.txt | $(READY)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

## Single gates

ruff: $(READY) ## format and lint
	ruff format --check .
	ruff check .

mypy: $(READY) ## types of plugin_utils, the lab and the tools
	mypy

sanity: $(READY) ## ansible-test sanity, without containers and without exceptions
	@python tests/tools/seed_get_pip.py
	ANSIBLE_TEST_CONTENT_ROOT=$(COLLECTION) ansible-test sanity --local --color no \
		--python $$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

lint: $(READY) ## ansible-lint, profile production
	ansible-lint --offline --nocolor

docs: $(READY) ## antsibull-docs
	antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --validate-collection-refs=all \
		--disallow-unknown-collection-refs --check-extra-docs-refs .

changelog: $(READY) ## antsibull-changelog
	antsibull-changelog lint

import: $(READY) ## what Galaxy says about the built collection
	@mkdir -p build
	@rm -f build/mailops-exchange-*.tar.gz
	ansible-galaxy collection build --output-path build
	@python tests/tools/galaxy_import.py build/mailops-exchange-*.tar.gz

molecule: $(READY) ## the scenarios of extensions/molecule against the lab
	molecule test --all

## Tests

PYTEST := python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit in-process wire: $(READY)
	$(PYTEST) tests/$(subst -,_,$@)

# Tests of sockets, and runs cut off at every write: make test has time for them.
SLOW := tests/unit/lab/wire tests/unit/lab/listeners tests/unit/tools/test_haproxy.py \
	tests/in_process/test_certificate_interruptions.py tests/in_process/test_certificate_released.py
tests-quick: export HYPOTHESIS_PROFILE := check
tests-quick: $(READY)
	$(PYTEST) tests/in_process tests/unit $(addprefix --ignore=,$(SLOW))

tests-all: export HYPOTHESIS_PROFILE := ci
tests-all: $(READY)
	$(PYTEST)

tests-nightly: export HYPOTHESIS_PROFILE := nightly
tests-nightly: $(READY)
	$(PYTEST) -m ''
