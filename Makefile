# `make demo` and `make test` need Python >= 3.10 and make, nothing else: the first use makes .venv by itself.
# Another interpreter: make test PYTHON=python3.12

.DEFAULT_GOAL := help
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
READY := .venv/.ready
DEMO := out/demo
TESTS := tests

.PHONY: help
help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints/dev.txt
	@test -n "$(PYTHON)" || { echo "make: found no Python >= 3.10; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv with $$($(BIN)/python --version): about a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints/dev.txt --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints/dev.txt --group dev --editable .
	@touch $@

.PHONY: demo
demo: $(READY)  ## simulate a small labelled market day, find what is wrong with it, compare with the labels
	$(BIN)/surveil simulate $(DEMO)/day --events 200000 --seed 13
	$(BIN)/surveil detect $(DEMO)/day/events.parquet --feed canonical --reference $(DEMO)/day/reference \
		--rates $(DEMO)/day/reference/rates.csv --out $(DEMO)/findings || test $$? -eq 4  # 4: a rule had no events to see
	@echo; echo "What it found of what was labelled in $(DEMO)/day/truth.csv:"
	$(BIN)/surveil evaluate $(DEMO)/findings --truth $(DEMO)/day/truth.csv

.PHONY: test
test: lint types imports check-constraints  ## everything that has to pass before a change is shared
	$(BIN)/pytest -n 2 --dist loadgroup $(TESTS)

.PHONY: quick
quick: lint  ## the fast part of the tests, stopping at the first failure
	$(BIN)/pytest -x -q -m "not slow" $(TESTS)

.PHONY: lint
lint: $(READY)  ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: $(READY)  ## mypy, strict
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then echo $(BIN)/mypy; $(BIN)/mypy; \
	else echo "types: NOT CHECKED, the last numpy for Python 3.10 has other annotations; use a newer Python"; fi

.PHONY: imports
imports: $(READY)  ## the rooms of the house import one way only
	$(BIN)/lint-imports --no-logo

# The pins go in as constraints, so the same list must come out: every package pinned, and a choice for each Python.
RESOLVE := $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --group dev --group bench \
	--no-header --no-annotate

.PHONY: check-constraints
check-constraints: $(READY)  ## the pinned versions resolve for Python 3.10 and newer, and nothing is left unpinned
	@sh constraints/check.sh $(RESOLVE)

.PHONY: constraints
constraints: $(READY)  ## pin the newest versions that resolve for Python 3.10 and newer
	@{ echo "# Every package that an installation for development may take, pinned. Made by: make constraints"; \
		$(RESOLVE) --upgrade pyproject.toml; } > constraints/dev.new && mv constraints/dev.new constraints/dev.txt

# Beside others in the same run, so that ratios hold on any machine; see docs/performance.md.
BENCH := $(BIN)/python benchmarks/run.py
READY_BENCH := $(BIN)/python -m pip install --quiet --constraint constraints/dev.txt --group bench

.PHONY: bench
bench: $(READY)  ## measure speed and memory next to C, Polars and DuckDB: about ten minutes, 1 GB of disk
	$(READY_BENCH)
	$(BENCH)

.PHONY: bench-small
bench-small: $(READY)  ## the same with a tenth of the events
	$(READY_BENCH)
	$(BENCH) --events 1000000 --repeats 1

.PHONY: fuzz
fuzz: $(READY)  ## damage files of every format for five minutes and read them; SEED=… for others
	$(BIN)/python tests/feeds/fuzzing.py --seconds $(or $(SECONDS),300) --seed $(or $(SEED),1)

.PHONY: bench-readers
bench-readers: $(READY)  ## measure how fast files are read next to pyarrow, Polars and orjson: a few minutes
	$(READY_BENCH)
	$(BIN)/python benchmarks/readers.py

# The module that trade_surveillance_pipeline.py replaces can be measured beside it: make bench-desks BEFORE=/path/to/it.py
BEFORE :=
BESIDE := $(if $(BEFORE),--original $(BEFORE))

.PHONY: bench-desks
bench-desks: $(READY)  ## measure the desk pipeline: speed, memory, quality of alerts; about five minutes
	$(BIN)/python benchmarks/desks/speed.py --million $(BESIDE)
	$(BIN)/python benchmarks/desks/quality.py $(BESIDE)

.PHONY: bench-lateness
bench-lateness: $(READY)  ## measure how late alerts of six desks are, one of which stalls: three minutes in real time
	$(BIN)/python benchmarks/desks/lateness.py $(BESIDE)

.PHONY: bench-layering
bench-layering: $(READY)  ## measure Layering Analytics next to csv.DictReader, and dense groups next to sparse ones
	$(BIN)/python benchmarks/layering/speed.py

.PHONY: bench-alerts
bench-alerts: $(READY)  ## measure the store of alerts in SQLite and PostgreSQL, a million in each: about five minutes, 10 GB of disk
	$(BIN)/python benchmarks/alerts.py

.PHONY: schemas
schemas: $(READY)  ## write anew what is generated: schemas of rules, detectors and reference data, docs/api.md, …
	$(BIN)/python -c 'from pathlib import Path; from surveillance.detecting.plugins import BUILT_IN, load_detectors; \
		from surveillance.rules.schema import write_schemas; write_schemas(Path("schemas"), load_detectors([BUILT_IN]))'
	$(BIN)/python -c 'from pathlib import Path; from surveillance.events.reference_schema import reference_schema_text; \
		Path("schemas/reference.schema.json").write_text(reference_schema_text(), encoding="utf-8", newline="\n")'
	$(BIN)/python -m surveillance.testing.reference docs
	$(BIN)/python -m surveillance.rules.checks docs/checks.md
	$(BIN)/python -c 'from surveillance.compat.layering.pack import write_compiled; write_compiled()'

CORPUS := out/corpus
SEEDS := $(shell seq -s, 4001 4020)
DENSITIES := 3,30,250

.PHONY: accuracy
accuracy: $(READY)  ## write docs/accuracy.md anew: the rulebook on twenty seeds that nothing was tuned on, 20 minutes
	$(BIN)/surveil simulate corpus $(CORPUS) --seeds $(SEEDS) --densities $(DENSITIES) --quiet
	for day in $(CORPUS)/*/; do $(BIN)/surveil detect $$day/events.parquet --feed canonical --reference $$day/reference \
		--rates $$day/reference/rates.csv --out $$day/run --quiet || test $$? = 4 || exit 1; done
	$(BIN)/surveil evaluate $$(for day in $(CORPUS)/*/; do echo $$day/run --truth $$day/truth.csv; done) \
		--markdown docs/accuracy.md --plot docs/accuracy.svg --tuned-on "published values, simulated days of the seeds 1 to 8, \
	11, 12, 21, 22, 2001 to 2020 and 3001 to 3020, two simulated days of another kind (ABIDES) and eight coins" --measured-on "simulated days of the seeds \
	$(SEEDS), at densities of $(DENSITIES) orders a second"

.PHONY: build
build: $(READY)  ## wheel and sdist into dist/
	$(BIN)/python -m build --no-isolation

.PHONY: clean
clean:  ## remove what can be made again (not .venv)
	rm -rf out dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
