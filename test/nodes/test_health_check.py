# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""health_check ends with 0 if segmentation_node runs well, and says why if it does not."""

import threading

import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402

NAME = '/right/segmentation_node: segmentation'


def test_no_node_is_unhealthy(start):
    check = start('health_check')
    assert check.wait() == 1
    assert 'no segmentation_node has reported within 8 s' in check.log


@pytest.mark.parametrize('level, expected', [
    (DiagnosticStatus.OK, 0), (DiagnosticStatus.WARN, 0), (DiagnosticStatus.ERROR, 1)])
def test_an_error_of_one_of_the_nodes_is_unhealthy(start, probe, level, expected):
    pub = probe.node.create_publisher(DiagnosticArray, '/diagnostics', 1)
    check = start('health_check')
    statuses = []
    waiter = threading.Thread(target=lambda: statuses.append(check.wait()))
    waiter.start()
    while waiter.is_alive():
        pub.publish(DiagnosticArray(status=[
            DiagnosticStatus(name='other_node: task', level=DiagnosticStatus.ERROR),
            DiagnosticStatus(name=NAME.replace('right', 'left'), level=DiagnosticStatus.OK),
            DiagnosticStatus(name=NAME, level=level, message='as it is')]))
        probe.spin(0.2)
    assert statuses == [expected]
    assert NAME + ': as it is' in check.log
    assert (NAME + ' reports an error' in check.log) == bool(expected)


def test_a_running_node_is_healthy(start, probe, tiny_model):
    status = probe.listen_to_status('left/segmentation_node: segmentation')
    start('segmentation_node', '__ns:=/left', model=tiny_model, backend='onnx')
    probe.spin_until(lambda: status().message)
    check = start('health_check')
    assert check.wait() == 0
    assert check.log.startswith('left/segmentation_node: segmentation: ')
