# Two commands need nothing but Python: `make run` and `make test`. `make help` lists the others.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Each package has the version and one of the hashes of a lock file; pip stops at any other file.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes
LOCKS := $(patsubst %,requirements/%.txt,pip locked torch torch-cpu)
SYSTEM := sh .ci/system-libraries $(BIN)/python
# One thread for each numeric library: tests run the same on any machine, and two cores are not fought over.
TEST_ENVIRONMENT := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 QT_QPA_PLATFORM=offscreen

# The whole suite shares the cores; a few tests of one's own run in one process, which begins sooner.
SHARED := $(if $(ARGS),,-n auto --maxprocesses 8 --dist worksteal)

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-all-pythons test-minimum suite check faults bench screenshots icons docs wheel app lock sbom \
	clean
.NOTPARALLEL:

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

run: $(INSTALLED)  ## open the window; ARGS="checkpoints/my-vae" opens runs
	@if [ "$$(uname -s)" = Linux ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}$${QT_QPA_PLATFORM:-}" ]; then \
		echo "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set." >&2; \
		echo "Run it in a desktop session, or use the command line: $(BIN)/latent-explorer --help" >&2; \
		exit 2; \
	fi
	@$(SYSTEM)
	@$(BIN)/latent-explorer gui $(ARGS)

test: check suite  ## run every check: format, lint, types, import contracts, tests

suite: $(INSTALLED)
	@$(SYSTEM) screen
	@$(TEST_ENVIRONMENT) $(BIN)/python -P -m pytest $(SHARED) $(ARGS)

test-slow: $(INSTALLED)  ## run the tests that train for more than a few seconds
	@$(SYSTEM) screen
	@$(TEST_ENVIRONMENT) $(BIN)/python -P -m pytest --runslow -m slow $(ARGS)

test-all-pythons:  ## run the tests under each Python from 3.11 to 3.13 that this machine has
	@MAKE="$(MAKE)" sh .ci/all-pythons "ARGS=$(ARGS)"

# Warnings of older versions are about what newer ones changed. Tests that import datasets or xarray are collection errors:
# those packages exclude the oldest versions.
test-minimum: $(INSTALLED)  ## run the tests with the oldest versions that pyproject.toml allows
	@$(PIP) --requirement requirements/supply.txt
	@sh .ci/minimum-versions $(BIN) .venv-minimum
	@$(SYSTEM) screen
	@$(TEST_ENVIRONMENT) .venv-minimum/bin/python -P -m pytest $(SHARED) -W ignore --continue-on-collection-errors $(ARGS)

check: $(INSTALLED)  ## format, lint, words, types and import contracts, without the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell explorer tests tools docs benchmarks *.md *.cff
	@$(BIN)/python -P tools/vocabulary.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports

faults: $(INSTALLED)  ## inject faults into every reader of files; ARGS="--short" for a part
	@$(TEST_ENVIRONMENT) $(BIN)/python -P tests/faults/run_faults.py $(ARGS)

bench: $(INSTALLED)  ## measure the claims of speed; each benchmark prints a table
	@$(SYSTEM) screen
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

# Those of docs/ablation.md need the runs that the page tells how to train.
screenshots: $(INSTALLED)  ## draw the pictures of docs/ anew
	@$(SYSTEM) screen
	@$(BIN)/python docs/screenshots.py
	@for file in $(filter-out docs/ablation_pictures.py,$(wildcard docs/*_pictures.py)); do $(BIN)/python "$$file" || exit 1; done

icons: $(INSTALLED)  ## draw the icons for desktops anew
	@QT_QPA_PLATFORM=offscreen $(BIN)/python tools/app_icons.py

docs: $(INSTALLED)  ## write the documentation as a site into build/site
	@$(PIP) --requirement requirements/docs.txt
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

wheel: docs  ## build a wheel with the site into dist/
	@rm -f dist/*.whl
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

app: wheel  ## make a folder that needs no Python: dist/latent-explorer
	@$(PIP) --requirement requirements/app.txt
	@rm -rf build/wheel && $(BIN)/python -m zipfile -e dist/*.whl build/wheel
	@$(BIN)/pyinstaller --noconfirm --log-level WARN --workpath build/pyinstaller tools/latent-explorer.spec

lock: $(INSTALLED)  ## write requirements/ anew after a change to pyproject.toml or constraints.txt
	@$(PIP) --requirement requirements/supply.txt
	@$(BIN)/python tools/supply/lock.py

sbom: $(INSTALLED)  ## write build/sbom.cdx.json, a software bill of materials, and docs/licences.md
	@$(PIP) --requirement requirements/supply.txt
	@$(BIN)/python tools/supply/materials.py

clean:  ## remove the virtual environments and what was built
	rm -rf $(VENV) .venv-* dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(INSTALLED): pyproject.toml $(LOCKS)
	@{ [ -f $(VENV)/pyvenv.cfg ] && $(BIN)/python -m pip --version; } >/dev/null 2>&1 || { \
		python="$$(sh .ci/find-python)" && echo "Making $(VENV) with $$python ..." && "$$python" -m venv --clear $(VENV); \
	}
	@echo "Installing what the program needs into $(VENV); the first time takes some minutes ..."
	@$(PIP) --requirement requirements/pip.txt
	@$(PIP) --requirement requirements/locked.txt --requirement "$$(sh .ci/torch-build $(BIN)/python)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
