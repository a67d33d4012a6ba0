# Each target does its own set-up: it makes the virtual environment .venv and installs what it needs, once.

.PHONY: demo test test-long test-sanitized fuzz bench docs lint format clean
.DELETE_ON_ERROR:

# The python3 of the path where it is new enough and can make virtual environments, else the newest that can.
# Choose another with `make PYTHON=...`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo "$$python" && break; done)
# Test processes at a time.
WORKERS ?= 2
# Which tests `make test-sanitized` runs; none named: all.
TESTS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
DEMO_READY := .venv/ready-demo
TEST_READY := .venv/ready-test
# The tests run a second time on kernels that watch every access to memory and every sum, in an environment of their own.
SANITIZED := .venv-sanitized
# What the extension module is compiled from.
KERNELS := src/paycalc/_kernels.pyx $(wildcard src/paycalc/kernels/*.h src/paycalc/kernels/*.def)

# What belongs to another checkout stays out of this one's environment.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

# An environment knows the path where it was made. After the checkout was moved or copied it is made anew.
ifneq ($(shell cat .venv/place 2>/dev/null),$(CURDIR))
.PHONY: .venv/place
endif
ifneq ($(shell cat $(SANITIZED)/place 2>/dev/null),$(CURDIR))
.PHONY: $(SANITIZED)/place
endif

demo: $(DEMO_READY)
	@$(BIN)/paycalc demo

test: lint
	$(BIN)/python -m pytest -n $(WORKERS)

test-long: $(TEST_READY)
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n $(WORKERS)
	$(BIN)/python -m tests.differential.long --plans 20100 --processes $(WORKERS)

# Whatever runs such kernels loads the sanitiser's library first. The C++ library comes with it, as the sanitiser looks at
# the start for what throws exceptions. Memory is taken from the sanitiser by everyone, so that it knows where each piece
# ends; what Python keeps until the end is no leak. Two tests bound the memory of a process, of which the sanitiser takes a
# multiple.
test-sanitized: $(SANITIZED)/ready
	@echo "building the sanitised kernels"
	@PAYCALC_SANITIZE=1 $(SANITIZED)/bin/python -m pip --quiet --disable-pip-version-check --no-input \
		install --no-deps --force-reinstall .
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so)" \
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	ARROW_DEFAULT_MEMORY_POOL=system PYTHONMALLOC=malloc \
	$(SANITIZED)/bin/python -m pytest -n $(WORKERS) $(TESTS) \
		--deselect tests/benchmarks/test_reporting.py::test_a_million_workers_take_little_memory_beyond_inputs_and_outputs \
		--deselect "tests/fuzz/test_front_end.py::test_the_child_is_bounded_and_started_again[memory-failed]"

fuzz: $(TEST_READY)
	$(BIN)/python -m tests.fuzz.front_end --seconds 600

# paycalc beside others on five million workers and on twenty million parcels; then by itself. A quarter of an hour.
bench: $(TEST_READY)
	$(BIN)/python -m benchmarks.run store_incentive
	$(BIN)/python -m benchmarks.run piecework
	$(BIN)/python -m benchmarks.courier
	$(BIN)/python -m benchmarks.binding
	$(BIN)/python -m benchmarks.compiling
	$(BIN)/python -m benchmarks.memory

docs: $(TEST_READY)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

lint: $(TEST_READY)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy

format: $(TEST_READY)
	$(BIN)/ruff check --fix --exit-zero --quiet
	$(BIN)/ruff format --quiet

clean:
	rm -rf .venv $(SANITIZED) build dist docs/_build src/*.egg-info
	rm -rf .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/place $(SANITIZED)/place:
	@[ -n "$(PYTHON)" ] || { echo "paycalc needs Python 3.11 or newer with the modules venv and ensurepip;" \
		"no python3 on the path has them. Install it, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "paycalc needs Python 3.11 or newer; $(PYTHON) is older, or does not run" >&2; exit 1; }
	@echo "setting up $(@D)"
	@"$(PYTHON)" -m venv --clear $(@D)
	@printf '%s\n' "$(CURDIR)" > $@

$(DEMO_READY): pyproject.toml setup.py $(KERNELS) .venv/place
	@echo "installing paycalc"
	@$(PIP) install --editable .
	@touch $@

$(TEST_READY): pyproject.toml setup.py $(KERNELS) .venv/place
	@echo "installing paycalc and what its tests need"
	@$(PIP) install --editable '.[test]'
	@touch $(DEMO_READY) $@

$(SANITIZED)/ready: pyproject.toml setup.py $(SANITIZED)/place
	@echo "installing what the tests need"
	@PAYCALC_SANITIZE=1 $(SANITIZED)/bin/python -m pip --quiet --disable-pip-version-check --no-input install '.[test]'
	@touch $@
