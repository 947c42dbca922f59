# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A child process builds an engine, which is kept whole or not at all."""

import json
import logging
import os
from pathlib import Path
import sys
import tempfile
import threading
import time

import cv2
import numpy as np
import pytest

from lsnet_ros import cli
from lsnet_ros.engines import build_process, building, memory
from lsnet_ros.engines import frames as gate
from lsnet_ros.engines.building import build_engine, BuildOptions
from lsnet_ros.engines.engine_cache import EngineCache
from lsnet_ros.engines.runtime import Engine, EngineError
from lsnet_ros.limits.children import module_command
from lsnet_ros.models.folder import read_model


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the empty folder that engines are kept in; they run on the CPU."""
    monkeypatch.setenv('LSNET_ENGINES', str(tmp_path / 'engines'))
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path))
    monkeypatch.setattr(building, 'DEVICE', 'cpu')
    return tmp_path / 'engines'


@pytest.fixture(scope='module')
def frames(tmp_path_factory):
    """Return a folder of 24 small images, for the gate and for calibration."""
    path = tmp_path_factory.mktemp('frames')
    rng = np.random.RandomState(2)
    for index in range(24):
        coarse = rng.randint(0, 256, (6, 8, 3)).astype(np.uint8)
        image = cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(path / '{:02}.png'.format(index)), image)
    return path


@pytest.fixture
def in_this_process(monkeypatch):
    """Build here: a child takes seconds to import PyTorch."""
    def run(command, report, cancelled):
        start = module_command(build_process.__name__)
        assert command[:len(start)] == start
        build_process._build(build_process._make_parser().parse_args(command[len(start):]), report)
    monkeypatch.setattr(building, '_run', run)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_engine_is_built_compared_kept_and_found(tiny_model, folder, frames,
                                                    tensorrt_for_children):
    tensorrt_for_children()
    said = []
    card = build_engine(tiny_model, 'fp16', BuildOptions(frames=frames), report=said.append)
    assert card['precision'] == 'fp16' and card['reason'] == ''
    attempt, = card['attempts']
    assert attempt['passed'] and attempt['way'] == 'walk' and len(attempt['agreement']) == 4
    assert min(attempt['agreement']) >= attempt['limit'] == 0.995 and attempt['seconds'] > 0
    assert card['gate_frames'] == str(frames) and card['calibration'] is None
    assert said.index('building fp16') < said.index('comparing fp16 with PyTorch')
    assert left_in(folder) == ['tiny-fp16-90x120-batch1.engine', 'tiny-fp16-90x120-batch1.json']
    model = read_model(tiny_model)
    found = EngineCache().find(model, 'fp16')
    assert found.card['attempts'] == card['attempts']
    assert card['path'] == str(folder / 'tiny-fp16-90x120-batch1.json')
    Engine(found.content).check(model.spec.sizes, 11)


@pytest.mark.parametrize('faults, outcome, words', [
    ({'fp16': 'nan'}, 'fp32', ['NaN']),
    ({'fp16': 'constant', 'fp32': 'wrong classes'}, 'torch', ['does not change', 'of the pixels']),
    ({'fp16': 'refused'}, 'fp32', ['no tactic for a layer']),
])
def test_what_does_not_pass_falls_back_and_says_so(faults, outcome, words, tiny_model, folder,
                                                   frames, tensorrt_for_children,
                                                   in_this_process):
    tensorrt_for_children(faults=faults)
    said = []
    card = build_engine(tiny_model, 'fp16', BuildOptions(frames=frames), report=said.append)
    assert card['precision'] == outcome
    assert [attempt['precision'] for attempt in card['attempts']] == ['fp16', 'fp32']
    for attempt, word in zip(card['attempts'], words):
        assert not attempt['passed'] and word in attempt['reason']
        assert word in card['reason'] and any(word in line for line in said)
    found = EngineCache().find(read_model(tiny_model), 'fp16')
    assert found.card['precision'] == outcome and found.card['attempts'] == card['attempts']
    assert (found.content is None) == (outcome == 'torch')
    assert left_in(folder) == (['tiny-fp16-90x120-batch1.engine'] if found.content else []) + [
        'tiny-fp16-90x120-batch1.json']


def test_another_size_and_batch_have_an_engine_of_their_own(
        tiny_model, frames, tensorrt_for_children, in_this_process):
    tensorrt_for_children('10.3.0')
    card = build_engine(tiny_model, 'fp32', BuildOptions((48, 64), 2, frames))
    assert card['attempts'][0]['way'] == 'walk'
    assert (card['key']['height'], card['key']['width'], card['key']['batch']) == (48, 64, 2)
    model = read_model(tiny_model)
    assert EngineCache().find(model, 'fp32') is None
    spec = model.spec._replace(height=48, width=64, sizes=card['key']['sizes'])
    found = EngineCache().find(model._replace(spec=spec), 'fp32', 2)
    Engine(found.content).check(spec.sizes, 11, 2)


def test_int8_is_calibrated_on_the_users_frames(tiny_model, frames, tensorrt_for_children,
                                                in_this_process, monkeypatch):
    tensorrt_for_children('8.5.2', has_int8=True)
    monkeypatch.setattr(gate, 'CALIBRATION_FRAMES', (16, 17))
    said = []
    options = BuildOptions(frames=frames, calibration=frames)
    card = build_engine(tiny_model, 'int8', options, said.append)
    assert card['calibration'] == {'folder': str(frames), 'images': 17}
    assert 'calibrating, 0 of 17 batches' in said and 'calibrating, 16 of 17 batches' in said
    assert card['attempts'][0]['limit'] == 0.97 and card['attempts'][0]['difference'] > 1e-3


def test_int8_without_frames_or_without_int8_is_refused(tiny_model, frames, folder,
                                                        tensorrt_for_children,
                                                        in_this_process):
    with pytest.raises(EngineError, match='--calibration'):
        build_engine(tiny_model, 'int8')
    tensorrt_for_children()
    with pytest.raises(EngineError, match='no fast INT8'):
        build_engine(tiny_model, 'int8', BuildOptions(calibration=frames))
    assert left_in(folder) == []


def test_a_killed_build_leaves_nothing(tiny_model, folder, frames, tensorrt_for_children):
    tensorrt_for_children(faults={'fp32': 'killed'})
    with pytest.raises(EngineError, match='killed, most likely for want of memory: .*swap') as one:
        build_engine(tiny_model, 'fp32', BuildOptions(frames=frames))
    assert left_in(folder) == [] and '\n' not in str(one.value)


def test_a_build_can_be_cancelled(tiny_model, folder, frames, tensorrt_for_children, monkeypatch):
    tensorrt_for_children(faults={'fp32': 'slow'})
    monkeypatch.setattr(building, 'TICK_S', 0.3)
    cancelled, said = threading.Event(), []

    def report(text):
        said.append(text)
        if text.startswith('building fp32, '):  # while TensorRT is silent
            cancelled.set()
    started = time.monotonic()
    with pytest.raises(EngineError, match='cancelled'):
        build_engine(tiny_model, 'fp32', BuildOptions(frames=frames), report, cancelled)
    assert time.monotonic() - started < 40  # it would have taken 60 s
    assert left_in(folder) == []


def test_without_tensorrt_a_line_says_so(tiny_model, folder, capsys):
    if 'tensorrt' in sys.modules or _is_there('tensorrt'):
        pytest.skip('TensorRT is installed')
    assert cli.main(['build-engine', '--model', str(tiny_model)]) == 1
    error = capsys.readouterr().err
    assert error.startswith('lsnet: TensorRT cannot be imported') and error.count('\n') == 1
    assert left_in(folder) == []


def _is_there(name):
    from importlib.util import find_spec
    return find_spec(name) is not None


def test_what_is_logged_in_a_build_is_reported():
    said = []
    handler = build_process._ReportHandler(said.append)
    log = logging.getLogger('lsnet_ros.engines.x')
    log.addHandler(handler)
    log.warning('TensorRT: %s', 'the default\nstream')
    log.info('nothing')
    log.removeHandler(handler)
    assert said == ['TensorRT: the default stream']


def test_a_crash_of_ours_shows_its_last_words(folder, monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/bin/false')
    with pytest.raises(EngineError, match='ended with status 1: no reason'):
        build_engine('a model', 'fp32')
    script = folder.parent / 'python'
    script.write_text('#!/bin/sh\necho \'{"progress": "begun"}\'\necho\necho KeyError: 3 >&2\n'
                      'printf "cut off"; exit 3\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, 'executable', str(script))
    said = []
    with pytest.raises(EngineError, match='ended with status 3: cut off'):
        build_engine('a model', 'fp32', report=said.append)
    assert said == ['begun'] and left_in(folder) == []


def test_a_build_without_a_product_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/bin/true')
    with pytest.raises(EngineError, match='ended without an engine'):
        build_engine('a model', 'fp32')


def test_a_size_too_small_is_refused(tiny_model):
    from lsnet_ros.models.network import resize_model, SizeError
    from lsnet_ros.networks import build_network
    model = read_model(tiny_model)
    network = build_network(model.network, **model.config)
    assert resize_model(model, network, None) is model
    assert resize_model(model, network, [90, 120]) is model
    found = resize_model(model, network, [64, 96]).spec
    assert found.sizes == tuple(network.input_sizes(64, 96))
    assert (found.height, found.width) == (64, 96)
    with pytest.raises(SizeError, match='2x2 is too small'):
        resize_model(model, network, [2, 2])


@pytest.mark.parametrize('available, swap, says', [
    (3000000, 0, ''), (1000000, 2000000, ''),
    (1048576, 524288, '1.0 GiB of memory and 0.5 GiB of swap are free')])
def test_little_memory_is_told_with_what_to_do(available, swap, says, tmp_path, monkeypatch):
    (tmp_path / 'meminfo').write_text(
        'MemTotal: 4000000 kB\nMemAvailable: {} kB\nSwapFree: {} kB\n'.format(available, swap))
    monkeypatch.setattr(memory, 'MEMINFO', tmp_path / 'meminfo')
    assert memory.advise().startswith(says) and bool(memory.advise()) == bool(says)
    assert 'fallocate' in memory.advise(always=True) and '\n' not in memory.advise(always=True)


def test_without_meminfo_there_is_no_advice(monkeypatch):
    monkeypatch.setattr(memory, 'MEMINFO', Path('/nowhere'))
    assert memory.advise(always=True) == ''


def test_the_command_prints_what_came_of_it(tiny_model, tmp_path, frames, capsys,
                                            tensorrt_for_children, in_this_process):
    tensorrt_for_children(faults={'fp16': 'nan'})
    path = tmp_path / 'report.json'
    assert cli.main(['build-engine', '--model', str(tiny_model), '--frames', str(frames),
                     '--json', str(path)]) == 0
    printed = capsys.readouterr().out
    assert 'fp16 is not used: logits of frame 0 holds NaN' in printed
    assert 'fp32 engine, compared on {}'.format(frames) in printed
    report = json.loads(path.read_text())
    assert report['precision'] == 'fp32' and not report['failed']
    assert os.path.exists(report['path'])


def test_a_command_without_an_engine_in_the_end_has_failed(tiny_model, frames, capsys,
                                                           tensorrt_for_children,
                                                           in_this_process):
    tensorrt_for_children(faults={'fp32': 'nan'})
    assert cli.main(['build-engine', '--model', str(tiny_model), '--precision', 'fp32',
                     '--frames', str(frames)]) == 1
    assert 'no engine: PyTorch is used' in capsys.readouterr().out
