# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""A stand-in for TensorRT, and what the tests of engines do with it."""

import importlib.util
import os
from pathlib import Path
import sys

from lsnet_ros.networks import build_network
import pytest
import torch

VERSION = '8.2.1.8'  # JetPack 4.6.1's; a test may choose another


def load(name):
    """Import a module of this folder, once."""
    if name not in sys.modules:
        path = Path(__file__).with_name(name + '.py')
        spec = importlib.util.spec_from_file_location(name, str(path))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope='session')
def stand_in():
    """Return the module tensorrt_stand_in."""
    return load('tensorrt_stand_in')


@pytest.fixture(scope='session')
def engine_stand_in(stand_in):
    """Return the module tensorrt_engine_stand_in."""
    return load('tensorrt_engine_stand_in')


@pytest.fixture(params=[VERSION])
def tensorrt(request, monkeypatch, engine_stand_in):
    """Have the stand-in imported as tensorrt."""
    module = engine_stand_in.of_version(request.param)
    monkeypatch.setitem(sys.modules, 'tensorrt', module)
    return module


@pytest.fixture
def tensorrt_for_children(tmp_path, monkeypatch, engine_stand_in):
    """Return what has child processes, and this one, import a stand-in as tensorrt."""
    def installed(version=VERSION, **settings):
        folder = tmp_path / 'site'
        folder.mkdir(exist_ok=True)
        (folder / 'tensorrt.py').write_text(
            'import sys\nsys.path.insert(0, {!r})\nimport tensorrt_engine_stand_in as stand_in\n'
            'sys.modules["tensorrt"] = stand_in.of_version({!r}, **{!r})\n'.format(
                str(Path(__file__).parent), version, settings))
        paths = [str(folder)] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
        monkeypatch.setenv('PYTHONPATH', os.pathsep.join(path for path in paths if path))
        monkeypatch.setitem(sys.modules, 'tensorrt',
                            engine_stand_in.of_version(version, **settings))
    return installed


@pytest.fixture
def record(tensorrt):
    """Return what walks a network for images of some sizes, and gives TensorRT's network."""
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
    """Return what compares a recorded network with PyTorch, over the largest value."""
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
    Return what builds a network in which every weight matters and no map is near 0 or huge.

    Each is built once: they are to be left as they are.
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
