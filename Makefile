# What a person types. `make lab` to learn, `make test` to prove it, `make notebooks` to build chapters.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif
PY := $(BIN)/python
INSTALLED := $(VENV)/installed
UV_VERSION := 0.13.8
CHAPTER ?=
CHAPTERS ?=
FORCE ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help lab test test-embedded test-handout test-colab test-ray test-book test-hub lint notebooks plan handout slides recognizer \
  book room classroom doctor bench bench-hub lock

help:  ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Settings that another course left in the terminal; the chapters use their own, and no test may see them.
unexport KERAS_BACKEND KERAS_MAX_EPOCHS KERAS_MAX_STEPS_PER_EPOCH KERAS_NNX_ENABLED TF_USE_LEGACY_KERAS MPLBACKEND

NOT_FETCHED = The packages could not be fetched (details: above, or in $(VENV)/pip.log). Connect this machine to the \
  network once and say make lab again, or name a folder with their wheels: PIP_FIND_LINKS=FOLDER UV_FIND_LINKS=FOLDER PIP_NO_INDEX=1 UV_OFFLINE=1 make lab
READ_ONLY = The folder $(CURDIR) cannot be written, so nothing can be installed or saved there: copy it to a place \
  where you may write.
NO_PYTHON = There is no $(PYTHON) on this machine: install Python 3.11, 3.12 or 3.13, or name the one that you have, \
  such as make PYTHON=python3.12 lab

$(INSTALLED): requirements.lock notebooks/source/jupyter_config.py
	@test -w . || { echo "$(READ_ONLY)"; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "$(NO_PYTHON)"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else \
	  "Python %d.%d found; the course needs 3.11, 3.12 or 3.13. Install one and say: make PYTHON=python3.12 lab" % v)'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || \
	  { echo "Could not make $(VENV). On Debian and Ubuntu: sudo apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@$(PY) -m pip install --quiet --log $(VENV)/pip.log --retries 1 uv==$(UV_VERSION) 2>/dev/null && \
	  $(PY) -m uv pip sync --python $(PY) --require-hashes --compile-bytecode requirements.lock || \
	  { echo "$(NOT_FETCHED)"; exit 1; }
	@$(BIN)/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements 2>/dev/null  # it asks about news
	@cp notebooks/source/jupyter_config.py $(VENV)/etc/jupyter
	@touch $@

lab: $(INSTALLED)  ## Install on the first run, then open JupyterLab on chapter 00 (ARGS=--no-browser for its options).
	@test -w notebooks || echo "$(READ_ONLY)"
	@$(PY) -m jupyterlab --notebook-dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb $(ARGS)

# All cells of a notebook run on one worker; the learner's own progress, models and digits stay as they are.
OWN := COURSE_PROGRESS_FILE=$(VENV)/test-progress.json COURSE_MODELS_DIR=$(VENV)/test-models \
  COURSE_OWN_DIGITS=$(VENV)/test-own-digits.json KERAS_HOME=$(VENV)/test-keras
PYTEST := $(OWN) $(PY) -m pytest -n 2 --dist loadfile \
  --nbval --nbval-current-env --nbval-cell-timeout=300

# A line a data set: on which data the tests run. It also draws or fetches all once, before two workers ask.
EMBEDDED := COURSE_OFFLINE=1 COURSE_DATA_DIR= COURSE_CACHE_DIR=data/cache/embedded
LOAD_DATA := notebooks/source/load_data.py
LINT := { $(BIN)/ruff check && $(BIN)/ruff format --check; }

test: $(INSTALLED)  ## Lint, unit tests, documents, strict nbval of every notebook on the data found (CHAPTER=02 for one).
	@begun=$$(date +%s); $(LINT) || exit; linted=$$(date +%s); $(PY) $(LOAD_DATA) || exit; loaded=$$(date +%s); \
	  $(PYTEST) tests notebooks $(if $(CHAPTER),--chapter $(CHAPTER)) \
	  --before lint $$((linted - begun)) --before "loading data" $$((loaded - linted))

# What a notebook that loads data names; all others compute the same in both runs (a test follows their imports).
LOADS_DATA := datasets|Recognizer|DigitField|GateInspector|Reviewer|language_models|reviewer_models|handwriting

test-embedded: $(INSTALLED)  ## The notebooks that load data again, without network and without any real data.
	@$(EMBEDDED) $(PY) $(LOAD_DATA)
	@$(EMBEDDED) $(PYTEST) $$(grep -lE '$(LOADS_DATA)' notebooks/*.ipynb notebooks/solutions/*.ipynb)

# Colab's packages, with its Python where this machine has it and with the course's own where not.
COLAB := .venv-colab
COLAB_PYTHON = $(or $(shell PYENV_VERSION=3.13 python3.13 -c 'import sys; print(sys.executable)' 2>/dev/null),$(PY))

$(COLAB)/installed: tests/colab/requirements.lock | $(INSTALLED)
	@$(PY) -m uv venv --quiet --clear --no-python-downloads --python $(COLAB_PYTHON) $(COLAB)
	@$(PY) -m uv pip sync --quiet --python $(COLAB)/bin/python --require-hashes --compile-bytecode $<
	@touch $@

test-colab: $(COLAB)/installed  ## Chapters as in Colab: its versions, the notebook alone, a clone, no network (CHAPTERS="02 07").
	@test -n "$$COURSE_DATA_DIR" || $(EMBEDDED) $(PY) $(LOAD_DATA)
	@CHAPTERS="$(CHAPTERS)" $(PY) -m pytest -v -n 2 --durations=0 --durations-min=1 tests/colab/chapters.py

# Chapter 21 beyond one machine: Ray is none of the course's packages, so it has an environment of its own.
RAY := .venv-ray

$(RAY)/installed: notebooks/optional/requirements-ray.txt | $(INSTALLED)
	@$(PY) -m uv venv --quiet --clear --no-python-downloads --python $(PY) $(RAY)
	@$(PY) -m uv pip install --quiet --python $(RAY)/bin/python -r $<
	@touch $@

test-ray: $(RAY)/installed  ## Ray Train with two workers, one of which is killed (no part of the other tests: minutes, 1.9 GB).
	@$(RAY)/bin/python -m pytest -v -c /dev/null --rootdir . --noconftest -p no:cacheprovider --durations=0 \
	  tests/ray_train/killed_worker.py

lint: $(INSTALLED)  ## Style of the code.
	@$(LINT)

notebooks: $(INSTALLED)  ## Build the notebooks from notebooks/source, executing those whose code changed (CHAPTER=02 for one, FORCE=1: execute).
	@$(PY) notebooks/source/build.py $(CHAPTER) $(if $(filter-out 0,$(FORCE)),--force)

plan: $(INSTALLED)  ## Paths through the course with their times: classroom/two_days.md, from classroom/paths.toml.
	@$(PY) classroom/make_plan.py

handout: $(INSTALLED)  ## Blank and filled notebooks for live coding, in classroom/handout (CHAPTER=02 for one).
	@$(PY) classroom/handout.py $(CHAPTER)

test-handout: handout  ## The filled notebooks, strictly: with every exercise solved, each chapter computes what it did (CHAPTER=02 for one).
	@$(PYTEST) classroom/handout/filled/$(CHAPTER)*.ipynb

slides: $(INSTALLED)  ## Slides of a chapter, to show without network, in classroom/slides (CHAPTER=02).
	@$(PY) classroom/slides.py $(CHAPTER)

recognizer: $(INSTALLED)  ## The recognizer as a page of its own, for a hall display or a tablet (ARGS=--help for its options).
	@$(PY) classroom/recognizer_page.py $(ARGS)

BOOK := .venv-book

$(BOOK)/installed: classroom/book/requirements.lock | $(INSTALLED)
	@$(PY) -m uv venv --quiet --clear --no-python-downloads --python $(PY) $(BOOK)
	@$(PY) -m uv pip sync --quiet --python $(BOOK)/bin/python --require-hashes --compile-bytecode $<
	@touch $@

book: $(BOOK)/installed  ## The course as a website, for any browser without network: classroom/book/made/site/index.html.
	@$(PY) classroom/book/prepare.py
	@$(BOOK)/bin/sphinx-build -q -E -W --keep-going -c classroom/book classroom/book/made/pages classroom/book/made/site
	@echo "classroom/book/made/site/index.html: open it in a browser, or copy the folder to any web server."

test-book: book  ## Every page of the website: links, alt texts, nothing from outside, and its recognizer equals Keras.
	@$(OWN) $(PY) -m pytest tests/book/pages.py

room: $(INSTALLED)  ## The class live on the instructor's screen: who is where, what they predict (ARGS=--help).
	@$(PY) classroom/room.py $(ARGS)

HUB := .venv-hub

# Its kernels are the course's own Python, named by its whole path.
$(HUB)/installed: classroom/hub/requirements.lock | $(INSTALLED)
	@$(PY) -m uv venv --quiet --clear --no-python-downloads --python $(PY) $(HUB)
	@$(PY) -m uv pip sync --quiet --python $(HUB)/bin/python --require-hashes --compile-bytecode $<
	@$(PY) -m ipykernel install --prefix $(HUB) >/dev/null 2>&1
	@$(HUB)/bin/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements 2>/dev/null
	@touch $@

classroom: $(HUB)/installed  ## A server for a class on this machine (USERS=list.txt, PASSWORD=…, URL=https://…; classroom/hub/README.md).
	@test -n "$(USERS)" || { echo "Whose class? Write one name a line into a file: make classroom USERS=list.txt"; exit 1; }
	@$(PY) $(LOAD_DATA) >/dev/null
	@CLASSROOM_USERS="$(USERS)" CLASSROOM_PASSWORD="$(PASSWORD)" CLASSROOM_URL="$(URL)" \
	  $(HUB)/bin/jupyterhub --config classroom/hub/jupyterhub_config.py $(ARGS)

test-hub: $(HUB)/installed  ## Two learners on a real server: logins, own work, updates, a killed server, nobody reads another's files.
	@$(PY) -m pytest -v --durations=3 tests/hub/two_learners.py

bench-hub: $(HUB)/installed  ## So many learners at once on a real server: seconds and megabytes of each, into BENCHMARKS.md (LEARNERS=20).
	@$(PY) tests/hub/measure.py $(or $(LEARNERS),20)

doctor: $(INSTALLED)  ## The evening before class: is this machine ready? (ARGS="--name Ana --to class.csv": a row for the instructor.)
	@$(PY) -m classroom.machines $(ARGS)

bench: $(INSTALLED)  ## Measure every chapter and write BENCHMARKS.md (ARGS="12 13" for some, ARGS=--race for the race of 06).
	@$(PY) notebooks/source/bench.py $(ARGS)

lock: $(INSTALLED)  ## Look up the newest versions that fit requirements.txt and write requirements.lock.
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	  requirements.txt tests/requirements.txt -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	  classroom/book/requirements.txt -o classroom/book/requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	  --constraints requirements.lock classroom/hub/requirements.txt -o classroom/hub/requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	  --override tests/colab/overrides.txt tests/colab/requirements.txt -o tests/colab/requirements.lock
