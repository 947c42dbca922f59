# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The nodes leave the attributes of rclpy's Node alone, and answer their parameter services."""

import ast
from pathlib import Path

import pytest

pytest.importorskip('rclpy')
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters  # noqa: E402

PACKAGE = Path(__file__).resolve().parents[2] / 'lsnet_ros'


def node_classes(path):
    """Return the classes of a file that derive from rclpy's Node."""
    return [entry for entry in ast.walk(ast.parse(path.read_text()))
            if isinstance(entry, ast.ClassDef)
            and 'Node' in [getattr(base, 'id', '') for base in entry.bases]]


CLASSES = [(path, entry) for path in sorted(PACKAGE.rglob('*.py')) for entry in node_classes(path)]


def own_names(node_class):
    """Return the names of a class's methods, of its own attributes and of those of its objects."""
    names = set()
    for entry in ast.walk(node_class):
        if isinstance(entry, ast.Attribute) and isinstance(entry.ctx, ast.Store) \
                and getattr(entry.value, 'id', '') == 'self':
            names.add(entry.attr)
    for entry in node_class.body:
        if isinstance(entry, ast.FunctionDef):
            names.add(entry.name)
        names.update(target.id for target in getattr(entry, 'targets', []))
    return names - {'__init__'}


def test_all_nodes_are_found():
    assert {entry.name for _, entry in CLASSES} == {
        'EvaluationNode', 'FrameCollector', 'FreespaceNode', 'HealthCheck', 'LatencyNode',
        'PlaybackNode', 'SegmentationNode', 'SourceNode'}


@pytest.mark.parametrize('path, node_class', CLASSES, ids=[entry.name for _, entry in CLASSES])
def test_no_attribute_hides_one_of_rclpy(path, node_class, probe):
    assert '_parameters' in dir(probe.node)  # the attributes of an object are among these
    assert own_names(node_class) & set(dir(probe.node)) == set()


def test_an_attribute_that_hides_one_of_rclpy_is_found(probe):
    bad, = ast.parse('class Bad(Node):\n  def __init__(self):\n    self._parameters = 1\n'
                     '  def get_name(self):\n    self._mine, self._clock = 1, 2').body
    assert own_names(bad) & set(dir(probe.node)) == {'_parameters', '_clock', 'get_name'}


def ask(probe, kind, service, **request):
    """Return the answer of a service."""
    client = probe.node.create_client(kind, service)
    probe.spin_until(client.service_is_ready)
    future = client.call_async(kind.Request(**request))
    probe.spin_until(future.done)
    probe.node.destroy_client(client)
    return future.result()


@pytest.mark.parametrize('name, parameter, value', [
    ('segmentation_node', 'overlay_alpha', 0.25), ('evaluation_node', 'groups', 'drivable'),
    ('freespace_node', 'ground_frame', 'robot'),
    ('latency_node', 'warm_up', 7), ('source_node', 'frame_id', 'left'),
    ('playback_node', 'frame_id', 'left')])
def test_every_node_answers_its_parameter_services(
        start, probe, tiny_model, tmp_path, name, parameter, value):
    folder = dict(latency_folder=tmp_path / 'run') if name == 'latency_node' else {}
    size = dict(height=48, width=64, rate=50) if name in ('source_node', 'playback_node') else {}
    has_model = name in ('segmentation_node', 'evaluation_node', 'freespace_node')
    pose = dict(camera_height=1.5) if name == 'freespace_node' else {}
    waits = dict(subscribers=0) if name == 'playback_node' else {}
    node = start(name, '__ns:=/asked', **folder, **size, **waits, **pose,
                 **dict(model=tiny_model) if has_model else {}, **{parameter: value})
    service = '/asked/{}/'.format(name)
    listed = ask(probe, ListParameters, service + 'list_parameters').result.names
    assert parameter in listed and 'use_sim_time' in listed
    got = ask(probe, GetParameters, service + 'get_parameters', names=[parameter]).values[0]
    assert value in (got.double_value, got.string_value, got.integer_value)
    described = ask(probe, DescribeParameters, service + 'describe_parameters', names=[parameter])
    assert described.descriptors[0].name == parameter
    assert described.descriptors[0].read_only == (parameter != 'overlay_alpha')
    assert node.interrupt() == 0
    assert 'Traceback' not in node.log
