# Everything a person types. Each target sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(wildcard pmlib/sources/demo/*.py pmlib/sources/demo/*.toml)

.PHONY: help weekly test lab bench calibrate lock clean

help:
	@echo "make weekly   make the demo data and eight reports from it, from nothing"
	@echo "make test     run every check and test"
	@echo "make lab      open JupyterLab on notebooks/start.ipynb"
	@echo "make bench    measure against the budgets and peers"
	@echo "make calibrate  measure how often experiments err, and write docs/calibration.md"
	@echo "make lock     resolve the dependencies anew"

weekly: $(VENV)/run.done data/demo/events.parquet
	$(BIN)/pmlib run notebooks/weekly.toml
	@echo "Open reports/index.html in a browser."

test: $(VENV)/test.done data/demo/events.parquet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/pyright --pythonpath $(BIN)/python --project pyright.strict.json
	$(BIN)/pytest -n 2 --dist loadfile
	$(BIN)/pytest -n 2 --dist loadfile --nbval-lax -W default notebooks

lab: $(VENV)/lab.done data/demo/events.parquet
	$(BIN)/jupyter lab notebooks/start.ipynb

bench: $(VENV)/bench.done
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.usage
	$(BIN)/python -m benchmarks.signals
	$(BIN)/python -m benchmarks.experiments

# One thread a process: both cores already have one each.
calibrate: $(VENV)/test.done
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.calibration --date "$$(date '+%-d %B %Y')"

lock: $(VENV)/test.done
	$(BIN)/python requirements/lock.py

clean:
	rm -rf $(VENV) data/demo .pytest_cache .ruff_cache .hypothesis

# One environment, grown by need; what is locked is installed with its hashes.
$(VENV)/%.done: requirements/%.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "pmlib needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/$*.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

data/demo/events.parquet: $(DEMO) | $(VENV)/run.done
	$(BIN)/pmlib demo
