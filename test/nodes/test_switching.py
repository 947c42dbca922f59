# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node rests while nobody looks, is switched on and off, and takes parameters."""

import pytest

from lsnet_ros.board.process_use import read_process_use
from lsnet_ros.frames import messages

rclpy = pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue  # noqa: E402
from rcl_interfaces.srv import DescribeParameters, SetParameters  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402

CAMERA_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module."""
    return start('segmentation_node', model=tiny_model, backend='onnx', autostart=False)


@pytest.fixture
def call(probe):
    """Give a function that calls a service of the node and returns the response."""
    def call_service(kind, name, request):
        client = probe.node.create_client(kind, '/segmentation_node/' + name)
        probe.spin_until(client.service_is_ready)
        future = client.call_async(request)
        probe.spin_until(future.done)
        probe.node.destroy_client(client)
        return future.result()
    return call_service


@pytest.fixture
def camera(probe, frame):
    """Give a function that publishes frames until something is so."""
    pub = probe.node.create_publisher(Image, 'image', CAMERA_QOS)

    def film(is_done, frames=400):
        for index in range(frames):
            pub.publish(messages.from_rgb(frame, messages.make_header(index + 1, 'camera')))
            probe.spin(0.05)
            if is_done():
                return
        raise AssertionError('did not happen within {} frames'.format(frames))
    yield film
    probe.node.destroy_publisher(pub)


def status(received):
    """Return the latest message and values of the node's own status."""
    found = [array.status[0] for array in received
             if array.status[0].name == 'segmentation_node: segmentation']
    return (found[-1].message, {entry.key: entry.value for entry in found[-1].values}) if found \
        else ('', {})


def set_parameter(call, name, **value):
    kinds = {'double_value': ParameterType.PARAMETER_DOUBLE,
             'string_value': ParameterType.PARAMETER_STRING,
             'bool_value': ParameterType.PARAMETER_BOOL}
    kind, = value
    parameter = Parameter(name=name, value=ParameterValue(type=kinds[kind], **value))
    return call(SetParameters, 'set_parameters', SetParameters.Request(
        parameters=[parameter])).results[0]


def test_a_node_without_autostart_is_enabled_by_its_service(probe, call, camera):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    probe.spin_until(lambda: status(diagnostics)[0].startswith('DISABLED: the service ~/enable'))
    masks = probe.listen(Image, 'segmentation/mask')
    response = call(SetBool, 'enable', SetBool.Request(data=True))
    assert (response.success, response.message) == (True, 'enabled')
    camera(lambda: masks)
    camera(lambda: status(diagnostics)[0].startswith('RUNNING'))


def test_without_subscribers_the_network_rests_and_tells_so(probe, camera):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    camera(lambda: status(diagnostics)[0].startswith('RESTING: nobody subscribes'))
    before = status(diagnostics)[1]
    camera(lambda: int(status(diagnostics)[1]['frames_skipped']) > int(
        before['frames_skipped']) + 5)
    assert status(diagnostics)[1]['frames_out'] == before['frames_out']
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: masks)
    camera(lambda: status(diagnostics)[0].startswith('RUNNING'))
    values = {key: int(value) for key, value in status(diagnostics)[1].items()
              if key.startswith('frames_')}
    assert 0 <= values['frames_in'] - values['frames_out'] - values['frames_replaced'] - values[
        'frames_skipped'] - values['frames_bad'] <= 1


def test_a_limit_of_the_rate_is_taken_at_once_and_a_wrong_one_refused(probe, call, camera):
    masks = probe.listen(Image, 'segmentation/mask')
    assert set_parameter(call, 'max_rate', double_value=2.0).successful
    camera(lambda: masks)
    del masks[:]
    with pytest.raises(AssertionError, match='within 40 frames'):
        camera(lambda: False, frames=40)  # two seconds at least, of some 18 frames/s
    assert 1 <= len(masks) <= 12
    refused = set_parameter(call, 'max_rate', double_value=-1.0)
    assert not refused.successful
    assert refused.reason == 'parameter max_rate is -1.0: expected 0 or more'
    assert set_parameter(call, 'max_rate', double_value=0.0).successful


@pytest.mark.parametrize('name, value, successful', [
    ('overlay_alpha', {'double_value': 0.25}, True),
    ('overlay_alpha', {'double_value': 1.5}, False),
    ('overlay_alpha', {'string_value': 'much'}, False),
    ('model', {'string_value': 'x'}, False)])
def test_parameters_are_set_if_they_may_change_and_are_right(name, value, successful, call):
    assert set_parameter(call, name, **value).successful == successful
    descriptor, = call(DescribeParameters, 'describe_parameters', DescribeParameters.Request(
        names=[name])).descriptors
    assert descriptor.read_only == (name == 'model')


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
