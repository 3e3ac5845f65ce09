# make demo   a first report        make check   every check and test
# make tests  without a browser     make pages   reports in a browser
# make docs   the manual            make bench   speed beside peers
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo check bench format lint types layers docs tests pages data browser clean

demo: $(VENV)/installed
	$(BIN)/sightbits audit digits --out demo
	@echo "Open demo/report.html in a browser."

check: lint types layers docs tests pages

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

layers: $(VENV)/installed-dev
	$(BIN)/lint-imports

# The manual, with every example run; a warning is an error.
docs: $(VENV)/installed-dev
	rm -rf build/docs docs/reference/generated
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/docs-state -E docs build/docs
	@echo "Open build/docs/index.html in a browser."

PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal --durations=25

# Doctests of the package and the tests of all but pages, on every processor, with a thread each.
tests: $(VENV)/installed-dev data
	$(PYTEST) -m "not browser"

pages: $(VENV)/installed-dev browser
	$(PYTEST) -m browser tests/report

data: $(VENV)/installed-dev
	$(BIN)/sightbits data fetch mnist fashion-mnist

browser:
	sh tools/get_browser.sh

bench: $(VENV)/installed-dev data
	$(BIN)/python tools/write_peer_tables.py

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/made:
	sh tools/make_venv.sh "$(PYTHON)" $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,dev,docs]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) demo
