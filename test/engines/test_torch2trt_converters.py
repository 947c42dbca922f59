# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Our converters in torch2trt, whole networks only where it is installed."""

import importlib
import json
import os
from pathlib import Path
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from lsnet_ros.engines.converters import MODULES
from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.engines.torch2trt_converters import (
    _add_layers,
    _forward_of,
    plain_shapes,
    register,
)
from lsnet_ros.networks import build_network
from lsnet_ros.networks.core import Core

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name('through_torch2trt.py')
ONE_OF_EACH = ['lsnet', 'lps-net-s', 'lednet', 'lrnnet-c', 'fpn-lite0']


def test_torch2trt_records_what_pytorch_computes():
    path = os.pathsep.join([str(ROOT)] + os.environ.get('PYTHONPATH', '').split(os.pathsep))
    process = subprocess.run([sys.executable, str(SCRIPT)] + ONE_OF_EACH, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, universal_newlines=True,
                             env=dict(os.environ, PYTHONPATH=path))
    if process.returncode == 77:
        pytest.skip('torch2trt cannot be imported: ' + process.stderr.splitlines()[-1])
    assert process.returncode == 0, process.stderr
    *warnings, differences = process.stdout.splitlines()
    assert warnings == []
    assert sorted(json.loads(differences)) == sorted(ONE_OF_EACH)
    assert all(value < 1e-4 for pair in json.loads(differences).values() for value in pair)


@pytest.mark.parametrize('kind', sorted(MODULES, key=lambda kind: kind.__name__))
def test_the_names_given_to_torch2trt_are_those_of_the_forwards(kind):
    module, name, _ = _forward_of(kind).rsplit('.', 2)
    assert getattr(importlib.import_module(module), name) is kind


def test_what_comes_from_no_image_is_refused():
    sample = torch.ones(1, 2)  # as torch2trt sees the output of an operation without converter
    context = SimpleNamespace(method_args=([sample], 1), method_kwargs={}, method_str='torch.cat')
    with pytest.raises(ConversionError, match=r'torch.cat takes a tensor of shape \(1, 2\) that'):
        _add_layers(None, context)


def test_the_output_gets_the_converters_tensor():
    x, y = torch.ones(1), torch.ones(1)
    x._trt = 'x'
    context = SimpleNamespace(method_args=('module', x), method_kwargs={'size': (3, 4)},
                              method_return=y, network='network')
    _add_layers(lambda *arguments, **options: (arguments, options), context)
    assert y._trt == (('network', 'module', 'x'), {'size': (3, 4)})


def test_without_torch2trt_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch2trt', None)
    with pytest.raises(ConversionError, match='torch2trt cannot be imported'):
        register()


@pytest.mark.parametrize('has_wrapping', [True, False])
def test_shapes_are_numbers_while_the_core_runs(has_wrapping, monkeypatch):
    seen = []

    class Wrapping:
        def __init__(self, value):
            self.value = value

        def __enter__(self):
            seen.append(self.value)

        def __exit__(self, *_):
            seen.append('restored')

    module = SimpleNamespace(**({'use_shape_wrapping': Wrapping} if has_wrapping else {}))
    monkeypatch.setitem(sys.modules, 'torch2trt', module)
    network = build_network('lps-net-0', 3).eval()
    images = [torch.zeros(1, 3, *size) for size in network.input_sizes(32, 48)]
    with torch.no_grad(), plain_shapes():
        assert torch.equal(Core(network)(*images)[0], network.core(*images)[0])
    assert seen == ([False, 'restored'] if has_wrapping else [])
