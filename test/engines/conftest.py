# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A stand-in for TensorRT, and fixtures that use it."""

import importlib
from importlib.util import find_spec, module_from_spec, spec_from_file_location
import os
from pathlib import Path
import sys

import pytest
import torch

from lsnet_ros.networks import build_network

VERSION = '8.2.1.8'  # JetPack 4.6.1's; a test may choose another
LIBRARIES = ['stand-in']
if find_spec('tensorrt') is not None and torch.cuda.is_available():
    LIBRARIES.append('tensorrt')


@pytest.fixture(scope='session')
def stand_in():
    """Return the package stand_in, imported once."""
    if 'stand_in' not in sys.modules:
        folder = Path(__file__).with_name('stand_in')
        spec = spec_from_file_location('stand_in', str(folder / '__init__.py'),
                                       submodule_search_locations=[str(folder)])
        sys.modules['stand_in'] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules['stand_in'])
    return sys.modules['stand_in']


@pytest.fixture(params=[VERSION])
def tensorrt(request, monkeypatch, stand_in):
    """Import the stand-in as tensorrt."""
    module = stand_in.of_version(request.param)
    monkeypatch.setitem(sys.modules, 'tensorrt', module)
    return module


@pytest.fixture(params=LIBRARIES)
def library(request, monkeypatch, stand_in):
    """Return the stand-in and, on a machine that has it, the real TensorRT; as tensorrt."""
    if request.param == 'tensorrt':
        return importlib.import_module('tensorrt')
    module = stand_in.of_version('8.6.1')
    monkeypatch.setitem(sys.modules, 'tensorrt', module)
    return module


@pytest.fixture
def tensorrt_for_children(tmp_path, monkeypatch, stand_in):
    """Return a function after which this process and its children import a stand-in."""
    def installed(version=VERSION, **settings):
        folder = tmp_path / 'site'
        folder.mkdir(exist_ok=True)
        (folder / 'tensorrt.py').write_text(
            'import sys\nsys.path.insert(0, {!r})\nimport stand_in\n'
            'sys.modules["tensorrt"] = stand_in.of_version({!r}, **{!r})\n'.format(
                str(Path(__file__).parent), version, settings))
        paths = [str(folder)] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
        monkeypatch.setenv('PYTHONPATH', os.pathsep.join(path for path in paths if path))
        monkeypatch.setitem(sys.modules, 'tensorrt', stand_in.of_version(version, **settings))
    return installed


@pytest.fixture
def record(tensorrt):
    """Return a function that walks a network for images of some sizes; it returns TensorRT's."""
    from lsnet_ros.engines.walk import walk

    def recorded(network, sizes, batch=1):
        trt_network = tensorrt.INetworkDefinition()
        inputs = [trt_network.add_input('image_{}'.format(i), tensorrt.float32,
                                        (batch,) + tuple(size))
                  for i, size in enumerate(sizes)]
        for tensor in walk(network, trt_network, inputs):
            trt_network.mark_output(tensor)
        return trt_network
    return recorded


@pytest.fixture
def difference(stand_in):
    """Return a function: difference of a recorded network from PyTorch, over the largest value."""
    def found(trt_network, network, images, **options):
        with torch.no_grad():
            expected = network.core(*images)
        outputs = stand_in.evaluate(trt_network, [x.numpy() for x in images], **options)
        assert [y.shape for y in outputs] == [tuple(y.shape) for y in expected]
        return max(float(abs(torch.from_numpy(ours) - theirs).max() / theirs.abs().max())
                   for ours, theirs in zip(outputs, expected))
    return found


@pytest.fixture(scope='session')
def drawn():
    """
    Return a function that builds a network with random weights that all matter.

    Its features are neither near 0 nor huge. Each is built once: do not change them.
    """
    known = {}

    def built(name, **config):
        key = name + repr(sorted(config.items()))
        if key not in known:
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(3)
                known[key] = _draw(build_network(name, 11, **config))
        return known[key]
    return built


def _draw(network):
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            torch.nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                torch.nn.init.normal_(module.bias, 0.0, 0.2)
        elif isinstance(module, torch.nn.BatchNorm2d):
            # LSNet's are small where a sum of many would grow; LRNNet's last one is 0.
            scale = module.weight if module.weight.any() else torch.ones_like(module.weight)
            module.weight.copy_(scale * torch.empty_like(scale).uniform_(0.5, 1.5))
            torch.nn.init.normal_(module.bias, 0.0, 0.2)
            module.momentum = None  # statistics are the mean of all batches
    network.train()
    for _ in range(2):
        network(torch.randn(2, 3, 48, 64))
    return network.eval()
