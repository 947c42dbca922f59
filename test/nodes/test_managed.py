# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node as a lifecycle node, driven as a lifecycle manager drives it."""

import subprocess
import sys

import pytest

from lsnet_ros.board.process_use import read_process_use

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('rclpy.lifecycle')
from lifecycle_msgs.msg import Transition  # noqa: E402
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module."""
    return start('segmentation_node', managed=True, model=tiny_model, backend='onnx')


@pytest.fixture
def change(call):
    """Give a function that asks for a transition and returns whether it succeeded."""
    def change_state(label):
        return call(ChangeState, 'change_state', ChangeState.Request(
            transition=Transition(label=label))).success
    return change_state


@pytest.fixture
def state(call):
    """Give a function that returns the state."""
    return lambda: call(GetState, 'get_state', GetState.Request()).current_state.label


def test_each_transition_does_what_its_name_says(probe, status, camera, change, state):
    masks = probe.listen(Image, 'segmentation/mask')
    assert state() == 'unconfigured'
    probe.spin_until(lambda: status().message.startswith('UNCONFIGURED: the transition "conf'))
    assert change('configure') and state() == 'inactive'
    probe.spin_until(lambda: status().message.startswith('INACTIVE: the transition "activate"'))
    assert not probe.node.count_subscribers('image') and status().values['backend'] == 'onnx'
    assert change('activate') and state() == 'active'
    camera(lambda: masks)
    camera(lambda: status().message.startswith('RUNNING'))
    assert change('deactivate') and state() == 'inactive'
    probe.spin_until(lambda: not probe.node.count_subscribers('image'))
    assert change('activate')
    del masks[:]
    camera(lambda: masks)
    assert change('deactivate') and change('cleanup') and state() == 'unconfigured'
    probe.spin_until(lambda: status().message.startswith('UNCONFIGURED'))


def test_another_model_may_be_chosen_before_it_is_configured(
        probe, status, camera, change, set_parameter):
    assert set_parameter('output_size', string_value='50x40').successful
    assert not set_parameter('model', string_value='missing').successful
    assert change('configure') and change('activate')
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: masks)
    assert (masks[0].height, masks[0].width) == (40, 50)
    assert set_parameter('output_size', string_value='30x20').successful  # while it is active
    camera(lambda: (masks[-1].height, masks[-1].width) == (20, 30))
    assert set_parameter('output_size', string_value='input').successful
    assert change('deactivate') and change('cleanup')


def test_transitions_take_no_memory_no_descriptors_and_no_threads(probe, change, node):
    def repeat(times, *transitions):
        for _ in range(times):
            assert all(map(change, transitions))
        return read_process_use(node.pid)

    whole = 'configure', 'activate', 'deactivate', 'cleanup'
    repeat(5, *whole)
    repeat(1, 'configure')
    before = repeat(20, 'activate', 'deactivate')
    after = repeat(180, 'activate', 'deactivate')
    assert after.descriptors <= before.descriptors + 2
    assert after.memory_mb < before.memory_mb + 5
    repeat(1, 'cleanup')
    before = repeat(5, *whole)
    after = repeat(20, *whole)
    assert after.descriptors <= before.descriptors + 2
    assert after.memory_mb < before.memory_mb + 10


def test_there_is_no_service_that_contradicts_the_lifecycle(probe):
    def names():
        return {name for name, _ in probe.node.get_service_names_and_types()}
    probe.spin_until(lambda: '/segmentation_node/change_state' in names())
    assert '/segmentation_node/enable' not in names()


def test_it_shuts_down_and_waits_for_its_end(change, state, node):
    assert change('configure') and change('shutdown')
    assert state() == 'finalized'
    assert node.interrupt() == 0
    assert 'Traceback' not in node.log


def test_a_model_that_does_not_open_fails_to_configure(start, probe, tiny_model):
    try:
        import tensorrt  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip('there is TensorRT')
    node = start('segmentation_node', '__ns:=/bad', managed=True, model=tiny_model,
                 backend='tensorrt')
    client = probe.node.create_client(ChangeState, '/bad/segmentation_node/change_state')
    probe.spin_until(client.service_is_ready)
    for _ in range(2):  # it stays unconfigured, so that another try is allowed
        future = client.call_async(ChangeState.Request(transition=Transition(label='configure')))
        probe.spin_until(future.done)
        assert not future.result().success
    assert node.log.count('not configured: TensorRT cannot be imported') == 2
    assert node.interrupt() == 0
    assert 'Traceback' not in node.log


def test_without_a_lifecycle_in_rclpy_it_is_one_line(ros):
    done = subprocess.run(
        [sys.executable, '-c', 'import sys\nsys.modules["rclpy.lifecycle"] = None\n'
         'from lsnet_ros.nodes.segmentation_node import main\nsys.exit(main())',
         '--ros-args', '-p', 'managed:=true'], stderr=subprocess.PIPE, universal_newlines=True,
        timeout=60)
    assert done.returncode == 1
    line, = done.stderr.splitlines()
    assert 'parameter managed is true, but this rclpy has no lifecycle' in line
    assert line.endswith('use the service ~/enable')
