# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node takes another model while it runs, and none that does not open."""

from hashlib import sha256
import logging
import shutil
import threading

import numpy as np
import pytest

from lsnet_ros.frames import messages
from lsnet_ros.models.folder import read_model
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.model_change import ModelChange, ModelChoice
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('rclpy')
from rcl_interfaces.srv import GetParameters  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module, which leave it with its first model."""
    return start('segmentation_node', model=tiny_model, backend='onnx')


@pytest.fixture
def model_in_use(call):
    """Give a function that returns the value of the parameter ``model``."""
    return lambda: call(GetParameters, 'get_parameters', GetParameters.Request(
        names=['model'])).values[0].string_value


def segment(folder, frame):
    return Segmenter(read_model(folder), 'onnx').segment(frame).class_ids


def test_each_mask_is_of_the_first_model_or_after_it_of_the_second(
        probe, set_parameter, camera, status, model_in_use, frame, tiny_model,
        tiny_cityscapes_model):
    first, second = (segment(folder, frame) for folder in (tiny_model, tiny_cityscapes_model))
    assert (first != second).any()
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: len(masks) > 3)
    assert set_parameter('model', string_value=str(tiny_cityscapes_model)).successful
    camera(lambda: np.array_equal(messages.to_class_ids(masks[-1]), second))
    count = len(masks)
    camera(lambda: len(masks) > count + 10)
    is_first = [np.array_equal(messages.to_class_ids(mask), first) for mask in masks]
    is_second = [np.array_equal(messages.to_class_ids(mask), second) for mask in masks]
    assert is_first == [not each for each in is_second] == sorted(is_first, reverse=True)
    camera(lambda: status().message.startswith('RUNNING')
           and ' rider' in status().values['classes'])
    values = {key: int(value) for key, value in status().values.items()
              if key.startswith('frames_')}
    assert values['frames_bad'] == 0
    assert 0 <= values['frames_in'] - values['frames_out'] - values['frames_replaced'] - values[
        'frames_skipped'] <= 1
    assert model_in_use() == str(tiny_cityscapes_model)
    assert set_parameter('model', string_value=str(tiny_model)).successful
    camera(lambda: np.array_equal(messages.to_class_ids(masks[-1]), first))


def test_a_model_that_is_not_there_is_refused_at_once(set_parameter, model_in_use, tiny_model):
    refused = set_parameter('model', string_value='lps-net-x')
    assert not refused.successful and 'lps-net-x' in refused.reason
    assert model_in_use() == str(tiny_model)


def test_a_model_that_does_not_open_leaves_the_one_in_use(
        probe, set_parameter, camera, status, model_in_use, frame, tiny_model, tmp_path):
    wrong = tmp_path / 'wrong'
    shutil.copytree(str(tiny_model), str(wrong))
    graph, card = wrong / 'model.onnx', wrong / 'model.yaml'
    digest = sha256(graph.read_bytes()).hexdigest()
    graph.write_bytes(b'no graph')
    card.write_text(card.read_text().replace(digest, sha256(b'no graph').hexdigest()))
    masks = probe.listen(Image, 'segmentation/mask')
    assert set_parameter('model', string_value=str(wrong)).successful  # it is opened later
    camera(lambda: 'tiny is not taken: ' in status().message)
    probe.spin_until(lambda: model_in_use() == str(tiny_model))
    camera(lambda: len(masks) > 3)
    assert np.array_equal(messages.to_class_ids(masks[-1]), segment(tiny_model, frame))
    camera(lambda: status().message.startswith('RUNNING'))


def test_the_last_of_several_sizes_counts(probe, set_parameter, camera):
    masks = probe.listen(Image, 'segmentation/mask')
    for size in ('64x48', '32x24', 'network'):
        assert set_parameter('output_size', string_value=size).successful
    camera(lambda: masks and (masks[-1].width, masks[-1].height) == (120, 90))
    count = len(masks)
    camera(lambda: len(masks) > count + 5)
    assert {(mask.width, mask.height) for mask in masks[count:]} == {(120, 90)}
    refused = set_parameter('output_size', string_value='wide')
    assert refused.reason.startswith("output size 'wide' is invalid: give input, network")


def test_without_frames_the_change_is_made_and_told(probe, set_parameter, status):
    assert set_parameter('groups', string_value='drivable').successful
    probe.spin_until(lambda: status().values.get('classes') == (
        '0 drivable, 1 pavement, 2 obstacle, 3 sky'))


def test_a_model_refused_while_the_first_one_opens_is_told(tiny_model):
    state, has_ended = BackendState('onnx'), threading.Event()
    change = ModelChange('onnx', state, logging.getLogger(), has_ended.set)
    model = read_model(tiny_model)
    change.begin(ModelChoice({'output_size': 'wide'}, model, None))
    assert has_ended.wait(timeout=30.0)
    state.on_ready(change.open_first(
        ModelChoice({'output_size': 'input'}, model, None)).segmenter.backend)
    assert change.take() is None
    message = state.add_changes(Report(Level.OK, 'RUNNING', {})).message
    assert message.startswith("RUNNING; tiny is not taken: output size 'wide' is invalid")


def test_a_model_that_is_discarded_builds_no_engine_any_more(tiny_model, tiny_cityscapes_model):
    """The one in use keeps its build, also if its masks are to change."""
    ends = threading.Semaphore(0)
    change = ModelChange('onnx', BackendState('onnx'), logging.getLogger(), ends.release)

    def choose(folder, size):
        return ModelChoice({'output_size': size}, read_model(folder), None)

    def is_closed():
        return [engine_change._is_closed.is_set() for engine_change in change._engine_changes]
    change.open_first(choose(tiny_model, 'input'))
    for folder, size in ((tiny_cityscapes_model, 'input'), (tiny_model, 'network'),
                         (tiny_model, '64x48')):
        change.begin(choose(folder, size))
        assert ends.acquire(timeout=30.0)
    assert is_closed() == [False, True]
    other = change.take()
    assert other.choice.parameters == {'output_size': '64x48'} and change.take() is None
