# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""An interrupt is recognised behind the errors that it caused, and ends a node in order."""

import subprocess
import sys

import pytest

from lsnet_ros.nodes.interruption import is_interrupt

NODE = '''
import signal
import sys
import rclpy
from rclpy.node import Node
from lsnet_ros.nodes.running import run_node

class Interrupted(Node):
    def __init__(self):
        super().__init__('interrupted')

    def close(self):
        print('closed')

def spin(node):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt as interrupt:
        raise TypeError('Unable to convert') from interrupt

sys.exit(run_node('interrupted', Interrupted, spin))
'''


@pytest.mark.parametrize('error, expected', [
    (KeyboardInterrupt(), True), (TypeError('not converted'), False)])
def test_an_interrupt_is_recognised(error, expected):
    assert is_interrupt(error) is expected
    outer = RuntimeError('outer')
    outer.__cause__ = error
    assert is_interrupt(outer) is expected


def test_a_node_that_an_interrupt_ended_in_a_conversion_closes_with_status_0():
    pytest.importorskip('rclpy')
    done = subprocess.run([sys.executable, '-c', NODE], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'closed\n', '')


HALF_MADE = '''
import os
import signal
from lsnet_ros.nodes.running import _interrupt_once

class HalfMade:
    def __del__(self):
        raise AttributeError('not there yet')

signal.signal(signal.SIGINT, _interrupt_once)
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    HalfMade()
'''


@pytest.mark.skipif(sys.version_info < (3, 8), reason='there is no hook for it')
def test_objects_that_an_interrupt_left_half_made_do_not_complain():
    pytest.importorskip('rclpy')
    done = subprocess.run([sys.executable, '-c', HALF_MADE], stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b'')
