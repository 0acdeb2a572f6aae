# From a fresh clone with Python 3.11+ and make: `make demo`, `make test`.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
WORKERS ?= 2

# What must not be missing where CI=true; elsewhere a test that needs it says so and is skipped.
export OPSLOOP_REQUIRED := prometheus alertmanager chromium claude-code codex spark moto

# Thousands of short processes: compiled once, not each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint chaos bench docs lock system clients clean

demo: $(VENV)/run.stamp
	@$(BIN)/opsloop demo opsloop-demo $(if $(filter 1,$(SERVE)),--serve)

test: $(VENV)/dev.stamp system clients lint
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not chaos"

check: $(VENV)/dev.stamp lint
	$(BIN)/pytest -q -n $(WORKERS) --hypothesis-profile quick -m "not slow and not servers and not browser and not clients and not spark and not chaos"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: $(VENV)/dev.stamp system
	$(BIN)/pytest -m chaos

bench: $(VENV)/dev.stamp
	$(BIN)/python bench/run.py

# The reference is written from the product itself, then the site to site/.
docs: $(VENV)/dev.stamp
	$(BIN)/python tools/reference.py
	$(BIN)/mkdocs build --strict

# Debian packages that the tests with real servers and a real browser need; without root they are skipped.
system:
	@sh tools/system-packages.sh

# The agent clients that the tests drive, from the npm registry, at pinned versions.
clients:
	@sh tests/clients/install.sh
	@sh tests/web/install.sh

$(VENV)/run.stamp: requirements/run.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "opsloop needs Python 3.11 or later" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "opsloop needs Python 3.11 or later" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/run.stamp

# run.lock: what users run (all extras but Spark). dev.lock: that, Spark, and the tools.
lock:
	$(BIN)/uv pip compile pyproject.toml --extra all -c requirements/dev.lock --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/run.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/dev.lock

clean:
	rm -rf $(VENV) dist build site .mypy_cache .ruff_cache .pytest_cache opsloop-demo
