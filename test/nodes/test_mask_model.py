# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A change of the model that masks come from is noticed while frames are counted."""

import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

from lsnet_ros.nodes.mask_classes import MaskError  # noqa: E402
from lsnet_ros.nodes.mask_model import MaskModel  # noqa: E402


def report(model, name='probe', key='classes'):
    return DiagnosticArray(status=[DiagnosticStatus(
        name=name + ': segmentation', hardware_id=model, values=[KeyValue(key=key, value='0 a')])])


@pytest.fixture
def model(probe):
    """Watch the masks that the probe itself publishes."""
    pub = probe.node.create_publisher(Image, 'mask', 1)
    probe.spin_until(lambda: probe.node.get_publishers_info_by_topic('/mask'))
    yield MaskModel(probe.node, '/mask')
    probe.node.destroy_publisher(pub)


def test_a_change_before_the_first_frame_mixes_nothing(model):
    for name, frames in (('first', 0), ('second', 0), ('second', 3)):
        model.on_diagnostics(report(name), frames)
    model.check()


def test_a_change_after_it_stays_a_problem_until_all_is_forgotten(model):
    for name, frames in (('first', 0), ('second', 1), ('second', 2), ('third', 3)):
        model.on_diagnostics(report(name), frames)
    with pytest.raises(MaskError, match='^probe published masks of first, then of second, and '
                                        'frames of both may have been counted: call evaluation/'):
        model.check()
    model.clear()
    model.on_diagnostics(report('third'), 1)
    model.check()


@pytest.mark.parametrize('other', [dict(name='another'), dict(key='frames')])
def test_reports_of_others_tell_nothing(model, other):
    model.on_diagnostics(report('first'), 0)
    model.on_diagnostics(report('second', **other), 1)
    model.check()
