# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The key of an engine follows the model, the machine and the sources of the conversion."""

from pathlib import Path
import platform
import sys
from types import SimpleNamespace

import pytest
import torch

from lsnet_ros.engines import engine_key
from lsnet_ros.models.folder import read_model


@pytest.fixture
def model(tiny_model, tensorrt):
    return read_model(tiny_model)


class Gpu(SimpleNamespace):
    """A Jetson TX2's."""


def has_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda index: Gpu(
        name='NVIDIA Tegra X2', major=6, minor=2, multi_processor_count=2))
    monkeypatch.setattr(torch.backends.cudnn, 'version', lambda: 8201)


def change_sources(monkeypatch):
    monkeypatch.setattr(engine_key, '_digest_of', lambda *packages: '0' * 64)


@pytest.mark.parametrize('change, fields', [
    (has_gpu, {'gpu', 'compute_capability', 'multiprocessors', 'cudnn'}),
    (change_sources, {'converters', 'torch2trt'}),
    (lambda patch: patch.setattr(torch.version, 'cuda', '0.1'), {'cuda'}),
    (lambda patch: patch.setattr(torch, '__version__', '0.1'), {'torch'}),
    (lambda patch: patch.setattr(platform, 'machine', lambda: 'aarch64x'), {'machine'}),
    (lambda patch: patch.setattr(sys.modules['tensorrt'], '__version__', '8.2.3'), {'tensorrt'}),
    (lambda patch: patch.setattr(engine_key, 'TEGRA_RELEASE', Path(__file__)), {'system'}),
    (lambda patch: patch.setattr(engine_key, 'WORKSPACE', 1), {'workspace'}),
])
def test_the_key_follows_the_machine(change, fields, model, monkeypatch):
    before = engine_key.engine_key(model, 'fp16')
    change(monkeypatch)
    after = engine_key.engine_key(model, 'fp16')
    assert {name for name in before if before[name] != after[name]} == fields


@pytest.mark.parametrize('changes, fields', [
    ({'name': 'other'}, {'model'}), ({'network': 'lsnet'}, {'network'}),
    ({'config': {'num_classes': 11}}, {'config'}),
    ({'files': {'weights.npz': 'a', 'model.onnx': 'b'}}, {'weights'}),
    ({'spec': (64, 96, ((64, 96),))}, {'height', 'width', 'sizes'}),
])
def test_the_key_follows_the_model(changes, fields, model):
    before = engine_key.engine_key(model, 'fp16')
    if 'files' in changes:
        changes = {'card': dict(model.card, **changes)}
    if 'spec' in changes:
        changes = {'spec': model.spec._replace(**dict(zip(model.spec._fields, changes['spec'])))}
    after = engine_key.engine_key(model._replace(**changes), 'fp16')
    assert {name for name in before if before[name] != after[name]} == fields


def test_the_digest_follows_every_source_of_a_package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'found' / 'inner').mkdir(parents=True)
    (tmp_path / 'found' / '__init__.py').write_text('')
    digests = []
    for text in ('a', 'a', 'b'):
        (tmp_path / 'found' / 'inner' / 'part.py').write_text(text)
        digests.append(engine_key._digest_of('found'))
    assert digests[0] == digests[1] != digests[2]
    assert engine_key._digest_of('found', 'not_there_at_all') is None


def test_every_source_that_makes_the_network_is_in_the_digest():
    for name in engine_key.TRANSLATION:
        assert engine_key._digest_of(name)
