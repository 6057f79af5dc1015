# `make demo` and `make test` work on a fresh clone: they make .venv first, from constraints.txt.
# PYTHON=... chooses the interpreter, ARGS=... is passed on (make test ARGS="-k matching -x").

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
# The targets share .venv and the machine's cores: a ratio measured beside a test run is none.
.NOTPARALLEL:

PYTHON ?=
ARGS ?=
SECONDS ?= 60
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
PIP := $(PY) -m pip --disable-pip-version-check -qq
# pyright asks the first python on the path where packages are; --verifytypes knows no other way.
PYRIGHT := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" pyright
# Only the fuzzers need it: large, and not there for every platform.
ATHERIS := atheris==3.0.0
# How many processes run the tests; 0 is this one, which is what a debugger wants.
WORKERS ?= auto
# For the coverage gate: make test UNDER="-m coverage run"
UNDER ?=

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt .ci/find-python
	@python=$$(sh .ci/find-python "$(PYTHON)") || exit 1; \
	if [ ! -x $(PY) ] || ! $(PY) -m pip --version >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$python"; "$$python" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "installing the pinned packages into $(VENV)"
	@# The pip that comes with Python 3.11 knows no dependency groups.
	@$(PIP) install -c constraints.txt --upgrade pip
	@$(PIP) install -c constraints.txt --group dev
	@$(PIP) install -c constraints.txt --no-build-isolation -e '.[all]'
	@touch $@

.PHONY: setup
setup: $(READY) ## make .venv with everything that development needs, pinned

.PHONY: demo
demo: $(READY) ## a mock service under load from a second process, every request accounted for
	@$(PY) -m examples.demo $(ARGS)

.PHONY: test
test: $(READY) ## the tests
	$(PY) $(UNDER) -m pytest -n $(WORKERS) $(ARGS)

.PHONY: coverage
coverage: $(READY) ## the tests, and the branch coverage of asyncly/, which must be 100 %
	$(PY) -m coverage erase
	$(MAKE) test UNDER="-m coverage run"
	$(MAKE) coverage-report

.PHONY: coverage-report
coverage-report: $(READY)
	$(PY) -m coverage combine -q
	$(PY) -m coverage report

.PHONY: lint ruff-check ruff-format
lint: ruff-check ruff-format ## ruff: rules and format
ruff-check: $(READY)
	$(PY) -m ruff check
ruff-format: $(READY)
	$(PY) -m ruff format --check

.PHONY: format
format: $(READY) ## let ruff mend what it can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

.PHONY: types mypy pyright complete-types
types: mypy pyright complete-types ## mypy and pyright, strict; every public name has a known type
mypy: $(READY)
	$(PY) -m mypy
	$(PY) -m mypy --python-version 3.13 asyncly
pyright: $(READY)
	$(PYRIGHT)
complete-types: $(READY)
	$(PYRIGHT) --verifytypes asyncly --ignoreexternal

.PHONY: wheel
wheel: $(READY) ## build the wheel, install it in a clean environment, see that it works alone
	bash .ci/run wheel

.PHONY: matrix
matrix: $(READY) ## the tests on each installed Python, with the oldest and the newest dependencies
	bash .ci/run matrix

.PHONY: bench
bench: $(READY) ## this project, the published package and a bare protocol under the same load
	$(PY) -m benchmarks $(ARGS)

.PHONY: gates
gates: $(READY) ## the ratios that must not fall through their thresholds
	$(PY) -m benchmarks gates $(ARGS)

.PHONY: soak
soak: $(READY) ## ten million numbered requests, and clients that behave badly; ARGS="--count 200000"
	$(PY) -m benchmarks.soak $(ARGS)

.PHONY: fuzz
fuzz: $(READY) ## look for bytes that break the door, guided by coverage; SECONDS=3600
	$(PIP) install $(ATHERIS)
	$(PY) -m tests.fuzz $(SECONDS)

.PHONY: streams
streams: $(READY) ## the generated streams of the tests, a hundred times as many, new ones each time
	ASYNCLY_STREAMS=long $(PY) -m pytest -o faulthandler_timeout=0 tests/streams $(ARGS)

.PHONY: docs
docs: $(READY) ## the API reference from docstrings, in docs/_site/
	$(PY) docs/build.py docs/_site

.PHONY: pins
pins: ## renew constraints.txt from what is newest now
	bash .ci/pins

.PHONY: clean
clean: ## remove what these targets made
	rm -rf $(VENV) .venv-* .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .fuzz build dist htmlcov docs/_site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
