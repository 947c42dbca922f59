# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""params/sros2_policy.xml allows each node what it does, and nothing else."""

from pathlib import Path
import xml.etree.ElementTree as ElementTree

import pytest

pytest.importorskip('rclpy')
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

POLICY = Path(__file__).resolve().parents[2] / 'params' / 'sros2_policy.xml'
PROFILES = {profile.get('node'): profile
            for profile in ElementTree.parse(str(POLICY)).iter('profile')}
# What a node does only by its parameters, or where vision_msgs is installed.
BY_CHOICE = {
    'publish': {'/segmentation/label_info', '/segmentation_node/transition_event'},
    'subscribe': {'/clock', '/image/compressed', '/segmentation/confidence'},
    'reply': {'/segmentation_node/' + name for name in (
        'change_state', 'get_available_states', 'get_available_transitions', 'get_state',
        'get_transition_graph')} | {
            '/{}/get_type_description'.format(name) for name in PROFILES}}  # new in Iron
NODES = {
    'source_node': {'source': 'street_scene:3', 'height': 90, 'width': 120, 'lockstep': True},
    'segmentation_node': {'backend': 'onnx'},
    'evaluation_node': {},
    'freespace_node': {'camera_height': 1.3},
    'latency_node': {},
    'playback_node': {'source': 'street_scene:3', 'height': 90, 'width': 120, 'frames': 1000000},
}


def allowed(node, verb):
    """Return the full names that the policy allows a node."""
    names = set()
    for group in PROFILES[node]:
        if group.get(verb) == 'ALLOW':
            names |= {'/' + expression.text.replace('~', node).lstrip('/') for expression in group}
    return names


@pytest.fixture(scope='module', autouse=True)
def nodes(start, tiny_model, tmp_path_factory):
    for name, parameters in NODES.items():
        parameters = dict(parameters)
        if name in ('segmentation_node', 'evaluation_node', 'freespace_node'):
            parameters['model'] = tiny_model
        if name == 'latency_node':
            parameters['latency_folder'] = tmp_path_factory.mktemp('run')
        start(name, **parameters)


def test_the_policy_has_every_node():
    assert set(PROFILES) == set(NODES) | {'health_check'}  # which ends by itself
    assert allowed('health_check', 'subscribe') >= {'/diagnostics'}


@pytest.mark.parametrize('node', sorted(NODES))
def test_a_node_does_what_it_is_allowed_to(probe, node):
    for kind, topic in ((Image, 'segmentation/mask'), (CameraInfo, 'segmentation/camera_info')):
        probe.listen(kind, topic)
    graph = probe.node
    ask = {'publish': graph.get_publisher_names_and_types_by_node,
           'subscribe': graph.get_subscriber_names_and_types_by_node,
           'reply': graph.get_service_names_and_types_by_node}

    def find_done(verb):
        if (node, '/') not in graph.get_node_names_and_namespaces():
            return set()
        return {name for name, _ in ask[verb](node, '/')}

    for verb in ask:
        expected = allowed(node, verb) - BY_CHOICE[verb]
        if verb == 'subscribe':
            expected -= {'/parameter_events'}  # which Python's nodes do not take
        probe.spin_until(lambda verb=verb, expected=expected: expected <= find_done(verb))
        assert find_done(verb) <= allowed(node, verb)
