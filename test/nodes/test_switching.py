# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node rests while nobody looks, is switched on and off, and takes parameters."""

import time

import pytest

from lsnet_ros.board.process_use import read_process_use
from lsnet_ros.nodes.descriptions import DESCRIPTIONS

rclpy = pytest.importorskip('rclpy')
from rcl_interfaces.srv import DescribeParameters  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module."""
    return start('segmentation_node', model=tiny_model, backend='onnx')


def test_a_node_without_autostart_is_disabled(start, probe, tiny_model):
    status = probe.listen_to_status('off/segmentation_node: segmentation')
    start('segmentation_node', '__ns:=/off', model=tiny_model, backend='onnx', autostart=False)
    probe.spin_until(lambda: status().message.startswith('DISABLED: the service ~/enable'))


def test_the_service_disables_and_enables(probe, call, camera, status):
    response = call(SetBool, 'enable', SetBool.Request(data=False))
    assert (response.success, response.message) == (True, 'disabled')
    probe.spin_until(lambda: status().message.startswith('DISABLED: the service ~/enable'))
    masks = probe.listen(Image, 'segmentation/mask')
    response = call(SetBool, 'enable', SetBool.Request(data=True))
    assert (response.success, response.message) == (True, 'enabled')
    camera(lambda: masks)
    camera(lambda: status().message.startswith('RUNNING'))


def test_without_subscribers_the_network_rests_and_tells_so(probe, camera, status):
    camera(lambda: status().message.startswith('RESTING: nobody subscribes'))
    camera(lambda: not probe.node.count_subscribers('image'))
    later = probe.listen_to_status('segmentation_node: segmentation')
    camera(lambda: later().values)  # a report since the subscription has ended
    before, until = later().values['frames_in'], time.monotonic() + 2.5
    camera(lambda: time.monotonic() > until)  # two reports at least
    assert later().values['frames_in'] == before
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: masks)
    camera(lambda: status().message.startswith('RUNNING'))
    values = {key: int(value) for key, value in status().values.items()
              if key.startswith('frames_')}
    assert 0 <= values['frames_in'] - values['frames_out'] - values['frames_replaced'] - values[
        'frames_skipped'] - values['frames_bad'] <= 1


def test_a_limit_of_the_rate_is_taken_at_once_and_a_wrong_one_refused(
        probe, set_parameter, camera, call):
    masks = probe.listen(Image, 'segmentation/mask')
    assert set_parameter('max_rate', double_value=2.0).successful
    camera(lambda: masks)
    del masks[:]
    with pytest.raises(AssertionError, match='within 40 frames'):
        camera(lambda: False, frames=40)  # two seconds at least, of some 18 frames/s
    assert 1 <= len(masks) <= 12
    refused = set_parameter('max_rate', double_value=-1.0)
    assert not refused.successful
    assert 'max_rate out of range' in refused.reason and '-1.0' in refused.reason
    described, = call(DescribeParameters, 'describe_parameters', DescribeParameters.Request(
        names=['max_rate'])).descriptors
    allowed, = described.floating_point_range
    assert (allowed.from_value, allowed.to_value) == (0.0, 1e9)
    assert set_parameter('max_rate', double_value=0.0).successful


@pytest.mark.parametrize('name, value, successful', [
    ('overlay_alpha', {'double_value': 0.25}, True),
    ('overlay_alpha', {'double_value': 1.5}, False),
    ('overlay_alpha', {'string_value': 'much'}, False),
    ('model', {'string_value': 'x'}, False),
    ('backend', {'string_value': 'torch'}, False)])
def test_parameters_are_set_if_they_may_change_and_are_right(name, value, successful, call,
                                                             set_parameter):
    assert set_parameter(name, **value).successful == successful
    descriptor, = call(DescribeParameters, 'describe_parameters', DescribeParameters.Request(
        names=[name])).descriptors
    assert descriptor.read_only == (name == 'backend')
    assert descriptor.description == DESCRIPTIONS[name]


def test_switching_two_hundred_times_takes_no_memory_and_no_descriptors(probe, call, camera, node):
    def use():
        found = read_process_use(node.pid)
        return found.memory_mb, found.descriptors

    def switch(times):
        for _ in range(times):
            for is_enabled in (False, True):
                assert call(SetBool, 'enable', SetBool.Request(data=is_enabled)).success

    switch(20)
    memory_mb, descriptors = use()
    switch(180)
    after_mb, descriptors_after = use()
    assert descriptors_after <= descriptors + 2
    assert after_mb < memory_mb + 5
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: masks)
