# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Real nodes in processes of their own, and a probe in this one that talks to them."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import pytest

from lsnet_ros.frames import messages
from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.launching.transport import transport_environment

LONGEST_S = 30.0


class RosProcess:
    """A node of the package in a process, and what it wrote."""

    def __init__(self, name, log_path, remappings, parameters):
        command = [sys.executable, '-m', 'lsnet_ros.nodes.' + name, '--ros-args']
        for remapping in remappings:
            command += ['-r', remapping]
        for key, value in parameters.items():
            command += ['-p', '{}:={}'.format(key, value)]
        self._log_path = log_path
        with log_path.open('wb') as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    @property
    def pid(self):
        """Number of the process."""
        return self._process.pid

    @property
    def log(self):
        """Everything that the node has written."""
        return self._log_path.read_text()

    def wait(self):
        """Wait for the node to end by itself and return its exit status."""
        return self._process.wait(timeout=LONGEST_S)

    def interrupt(self, times=1):
        """End the node as Ctrl+C does and return its exit status."""
        for _ in range(times):
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        return self.wait()

    def kill(self):
        self._process.kill()
        self._process.wait()


Status = NamedTuple('Status', [
    ('level', bytes), ('message', str), ('values', dict), ('hardware_id', str)])


class Probe:
    """A node of the test that publishes and remembers what it receives."""

    def __init__(self, context):
        import rclpy
        from rclpy.executors import SingleThreadedExecutor
        self.node = rclpy.create_node('probe', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)

    def listen(self, kind, topic, qos=10):
        """Return a list that grows with the messages of a topic."""
        received = []
        self.node.create_subscription(kind, topic, received.append, qos)
        return received

    def listen_to_status(self, name):
        """Return a function that gives the latest status of a name, an empty one before it."""
        from diagnostic_msgs.msg import DiagnosticArray
        received = self.listen(DiagnosticArray, '/diagnostics')

        def latest():
            found = [status for array in received for status in array.status
                     if status.name.lstrip('/') == name]
            return Status(found[-1].level, found[-1].message, {
                entry.key: entry.value for entry in found[-1].values}, found[-1].hardware_id
            ) if found else Status(b'', '', {}, '')
        return latest

    def publisher(self, kind, topic, qos=10, subscribers=1):
        """Return a publisher that the others have found."""
        pub = self.node.create_publisher(kind, topic, qos)
        self.spin_until(lambda: pub.get_subscription_count() >= subscribers)
        return pub

    def spin_until(self, is_done, timeout_s=LONGEST_S):
        """Take messages until something is so; fails the test if that does not happen."""
        deadline = time.monotonic() + timeout_s
        while not is_done():
            assert time.monotonic() < deadline, 'did not happen within {} s'.format(timeout_s)
            self._executor.spin_once(timeout_sec=0.05)

    def spin(self, seconds):
        """Take messages for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._executor.spin_once(timeout_sec=max(0.0, deadline - time.monotonic()))

    def close(self):
        self._executor.shutdown()
        self.node.destroy_node()


def _choose_domain_of_this_worker():
    """
    Return a random domain that no other process of this suite chooses.

    Workers run modules at the same time: one that floods a topic would disturb the other's.
    """
    count = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', 1))
    worker = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[len('gw'):])
    return next(domain for domain in iter(choose_domain_id, None) if int(domain) % count == worker)


@pytest.fixture(scope='module')
def ros():
    """Give the module a ROS domain of its own, with the transport that the launch files set."""
    rclpy = pytest.importorskip('rclpy')
    added = dict(transport_environment(os.environ), ROS_DOMAIN_ID=_choose_domain_of_this_worker())
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    context = rclpy.Context()
    rclpy.init(context=context, args=[])
    yield context
    rclpy.try_shutdown(context=context)
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope='module')
def start(ros, tmp_path_factory):
    """Give a function that starts a node; what it started is ended after the module."""
    processes = []

    def start_node(name, *remappings, **parameters):
        log_path = Path(str(tmp_path_factory.mktemp('log'))) / (name + '.log')
        processes.append(RosProcess(name, log_path, remappings, parameters))
        return processes[-1]

    yield start_node
    for process in processes:
        process.kill()


@pytest.fixture
def probe(ros):
    """Give a node of this process."""
    probe = Probe(ros)
    yield probe
    probe.close()


@pytest.fixture
def status(probe):
    """Give a function that returns the latest status of segmentation_node."""
    return probe.listen_to_status('segmentation_node: segmentation')


@pytest.fixture
def call(probe):
    """Give a function that calls a service of segmentation_node and returns the response."""
    clients = {}

    def call_service(kind, name, request):
        if name not in clients:
            clients[name] = probe.node.create_client(kind, '/segmentation_node/' + name)
            probe.spin_until(clients[name].service_is_ready)
        future = clients[name].call_async(request)
        probe.spin_until(future.done)
        return future.result()
    yield call_service
    for client in clients.values():
        probe.node.destroy_client(client)


@pytest.fixture
def set_parameter(call):
    """Give a function that sets a parameter of segmentation_node, as "ros2 param set" does."""
    from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
    from rcl_interfaces.srv import SetParameters
    kinds = {'double_value': ParameterType.PARAMETER_DOUBLE,
             'string_value': ParameterType.PARAMETER_STRING,
             'bool_value': ParameterType.PARAMETER_BOOL}

    def set_one(name, **value):
        kind, = value
        parameter = Parameter(name=name, value=ParameterValue(type=kinds[kind], **value))
        return call(SetParameters, 'set_parameters', SetParameters.Request(
            parameters=[parameter])).results[0]
    return set_one


@pytest.fixture
def camera(probe, frame):
    """Give a function that publishes frames until something is so."""
    from rclpy.qos import QoSProfile, ReliabilityPolicy
    from sensor_msgs.msg import Image
    pub = probe.node.create_publisher(
        Image, 'image', QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))

    def film(is_done, frames=400):
        for index in range(frames):
            pub.publish(messages.from_rgb(frame, messages.make_header(index + 1, 'camera')))
            probe.spin(0.05)
            if is_done():
                return
        raise AssertionError('did not happen within {} frames'.format(frames))
    yield film
    probe.node.destroy_publisher(pub)
