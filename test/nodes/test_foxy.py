# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The nodes keep to what the rclpy of ROS 2 Foxy has."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / 'lsnet_ros'
NEWER = {'nodes/managed.py', 'nodes/qos_overrides.py'}  # which look whether rclpy has it
SOURCES = [path for path in sorted(PACKAGE.rglob('*.py')) if 'rclpy' in path.read_text()
           and str(path.relative_to(PACKAGE)) not in NEWER]
# Of what rclpy 1.0.13 has, what is used here: the parameters of each call in their order, those
# after '*' by name only. Of what is new since, nothing may be used without a look first:
# lifecycle, qos_overriding_options, static parameter types, wait_for_message,
# signal_handler_options, autostart.
FOXY = {
    'rclpy': {
        'create_node': 'node_name *', 'init': '* args context',
        'get_rmw_implementation_identifier': '', 'ok': '* context', 'spin': 'node executor',
        'spin_once': 'node * executor timeout_sec', 'try_shutdown': '* context'},
    'rclpy.clock': {'Clock': '* clock_type', 'ClockType': None},
    'rclpy.exceptions': {'InvalidParameterValueException': None, 'ParameterException': None},
    'rclpy.executors': {'ExternalShutdownException': '', 'SingleThreadedExecutor': '* context'},
    'rclpy.logging': {'get_logger': 'name'},
    'rclpy.node': {'Node': 'node_name * context cli_args namespace'},
    'rclpy.parameter': {'Parameter': 'name type_ value'},
    'rclpy.qos': {
        'DurabilityPolicy': None, 'QoSProfile': '* history depth reliability durability',
        'ReliabilityPolicy': None, 'qos_profile_sensor_data': None},
    'rclpy.serialization': {'deserialize_message': 'serialized_message message_type'},
    'rclpy.time': {'Time': '* seconds nanoseconds clock_type'},
}
NODE = {
    'add_on_set_parameters_callback': 'callback', 'count_publishers': 'topic_name',
    'count_subscribers': 'topic_name', 'destroy_subscription': 'subscription',
    'create_guard_condition': 'callback callback_group',
    'create_publisher': 'msg_type topic qos_profile * callback_group event_callbacks',
    'create_service': 'srv_type srv_name callback * qos_profile callback_group',
    'create_subscription':
        'msg_type topic callback qos_profile * callback_group event_callbacks raw',
    'create_timer': 'timer_period_sec callback callback_group clock',
    'declare_parameter': 'name value descriptor ignore_override',
    'get_node_names_and_namespaces': '', 'get_publishers_info_by_topic': 'topic_name no_mangle',
    'set_parameters': 'parameter_list',
    'destroy_node': '', 'get_clock': '', 'get_logger': '', 'get_name': '', 'get_namespace': '',
}
PUBLISHER = {'get_subscription_count': '', 'publish': 'msg'}
EXECUTOR = {'add_node': 'node', 'remove_node': 'node', 'shutdown': 'timeout_sec',
            'spin': '', 'spin_once': 'timeout_sec'}
LEVEL = 'message * throttle_duration_sec throttle_time_source_type skip_first once name'
LOGGER = {level: LEVEL for level in ('debug', 'error', 'fatal', 'info', 'warning')}
# What a value is called here, and so what it is.
NAMED = {'node': NODE, '_node': NODE, 'collector': NODE, 'pub': PUBLISHER, 'publisher': PUBLISHER,
         'executor': EXECUTOR, '_executor': EXECUTOR, 'get_logger': LOGGER, '_logger': LOGGER,
         'get_clock': {'now': ''}, 'Time': {'from_msg': 'msg clock_type'},
         'rclpy': FOXY['rclpy']}
OURS = {'begin_lifecycle', 'check', 'close', 'run_alone'}  # methods of the package's nodes


def kind(value):
    """Return the methods that a value of this name has in Foxy; None if it is not rclpy's."""
    if isinstance(value, ast.Call):
        value = value.func
    name = getattr(value, 'attr', None) or getattr(value, 'id', '')
    return PUBLISHER if name.endswith('_pub') else NAMED.get(name)


def imports(tree):
    """Yield (module of rclpy, name) for everything imported from one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split('.')[0] == 'rclpy':
            for alias in node.names:
                yield node.module, alias.name


def calls(tree):
    """Yield (name, Foxy's parameters or None, call) for everything of rclpy that is called."""
    imported = {name: FOXY.get(module, {}).get(name) for module, name in imports(tree)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
             and 'Node' in [getattr(base, 'id', '') for base in node.bases]]
    own = {method.name for node in nodes for method in node.body
           if isinstance(method, ast.FunctionDef)}
    inside = {call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call)}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        function = call.func
        if getattr(function, 'id', None) in imported:
            yield function.id, imported[function.id], call
        elif isinstance(function, ast.Attribute):
            methods = kind(function.value)
            if call in inside and getattr(function.value, 'id', '') == 'self' \
                    and function.attr not in own:
                methods = NODE
            if methods is not None and function.attr not in OURS:
                yield function.attr, methods.get(function.attr), call


def complaints(source):
    """Return what of a source Foxy's rclpy does not have, a line for each."""
    tree = ast.parse(source)
    found = ['{}.{}'.format(module, name) for module, name in imports(tree)
             if name not in FOXY.get(module, {})]
    for name, parameters, call in calls(tree):
        if parameters is None:
            found.append(name)
            continue
        positional, _, by_name = parameters.partition('*')
        allowed = positional.split() + by_name.split()
        if len(call.args) > len(positional.split()):
            found.append('{} with {} arguments'.format(name, len(call.args)))
        found += ['{}({}=)'.format(name, keyword.arg) for keyword in call.keywords
                  if keyword.arg not in allowed + [None]]  # None: a ** of the caller's
    return found


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_foxy_has_what_is_used(path):
    assert complaints(path.read_text()) == []


@pytest.mark.parametrize('source, complaint', [
    ('from rclpy.lifecycle import LifecycleNode', 'rclpy.lifecycle.LifecycleNode'),
    ('from rclpy.wait_for_message import wait_for_message',
     'rclpy.wait_for_message.wait_for_message'),
    ('import rclpy\nrclpy.init(signal_handler_options=1)', 'init(signal_handler_options=)'),
    ('node.create_timer(1.0, f, autostart=False)', 'create_timer(autostart=)'),
    ('node.create_publisher(Image, "a", 1, qos_overriding_options=o)',
     'create_publisher(qos_overriding_options=)'),
    ('class A(Node):\n  def f(self):\n    self.add_post_set_parameters_callback(self.f)',
     'add_post_set_parameters_callback'),
    ('self._mask_pub.wait_for_all_acked()', 'wait_for_all_acked'),
    ('node.declare_parameter("a", 1, d, False, 5)', 'declare_parameter with 5 arguments'),
])
def test_what_is_newer_is_found(source, complaint):
    assert complaints(source) == [complaint]


@pytest.mark.parametrize('module, name, parameters', [
    (module, name, parameters) for module, names in sorted(FOXY.items())
    for name, parameters in sorted(names.items())])
def test_the_rclpy_at_hand_still_has_it(module, name, parameters):
    pytest.importorskip('rclpy')
    found = getattr(importlib.import_module(module), name)
    if inspect.isfunction(found):
        assert set(parameters.replace('*', '').split()) <= set(inspect.signature(found).parameters)


def test_the_node_at_hand_still_has_the_methods():
    pytest.importorskip('rclpy')
    node = importlib.import_module('rclpy.node').Node
    for name, parameters in NODE.items():
        assert set(parameters.replace('*', '').split()) <= set(
            inspect.signature(getattr(node, name)).parameters)
