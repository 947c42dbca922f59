# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Flood of messages that never pair: evaluation_node and latency_node have to keep their memory.

Each message has a stamp of its own, so that no mask finds its target and no image its mask. The
messages go to the nodes' own guarded callbacks, as DDS would lose most of them at this rate. The
status is 1 if the memory of this process grows between the first tenth and the end.

usage: flood.py [--messages N]
"""

import argparse
from pathlib import Path
import sys
import tempfile
import time
from typing import Any, Callable, Dict, Iterator, List, Tuple

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import numpy as np
import rclpy
from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from lsnet_ros.board.process_use import read_process_use
from lsnet_ros.frames.messages import from_class_ids
from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.nodes.evaluation_node import EvaluationNode
from lsnet_ros.nodes.latency_node import LatencyNode

SIZE = 36, 48        # of masks and targets, px
MOST_GROWTH = 0.05   # of memory, after a tenth of the messages
NODES: Dict[str, Tuple[Callable[[], Any], Tuple[str, ...]]] = {
    'evaluation_node': (EvaluationNode, ('segmentation/mask', 'target')),
    'latency_node': (LatencyNode, ('image', 'segmentation/mask', 'segmentation/timing')),
}
"""Class of each node, and the topics that are flooded."""


def make_messages(topics: Tuple[str, ...], count: int) -> Iterator[Tuple[str, Any]]:
    """Yield topics in turn, each with a message that has a stamp of its own."""
    image_msg = from_class_ids(np.zeros(SIZE, np.uint8), Header())
    values = [KeyValue(key=key, value='1.5') for key in ('network_ms', 'total_ms')]
    timing_msg = DiagnosticArray(status=[DiagnosticStatus(values=values)])
    for index in range(count):
        topic = topics[index % len(topics)]
        message = timing_msg if topic.endswith('timing') else image_msg
        message.header = Header()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(index, 10 ** 9)
        yield topic, message


def flood(name: str, count: int, folder: Path) -> List[float]:
    """Give a node so many messages; returns the memory after each tenth of them, MB."""
    make_node, topics = NODES[name]
    rclpy.init(domain_id=int(choose_domain_id()), args=[
        '--ros-args', '-p', 'latency_folder:={}'.format(folder / 'latency')])
    node = make_node()
    callbacks = {subscription.topic_name: subscription for subscription in node.subscriptions}
    memory_mb: List[float] = []
    for index, (topic, message) in enumerate(make_messages(topics, count), 1):
        subscription = callbacks['/' + topic]
        subscription.callback(serialize_message(message) if subscription.raw else message)
        if index % (count // 10) == 0:
            time.sleep(0.5)  # the writer of latency_node takes what is complete
            memory_mb.append(read_process_use().memory_mb)
    node.close()
    node.destroy_node()
    rclpy.shutdown()
    return memory_mb


def main() -> int:
    """Flood both nodes; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--messages', type=int, default=10 ** 6, help='for each node')
    args = parser.parse_args()
    status = 0
    for name in NODES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            memory_mb = flood(name, args.messages, Path(folder))
        growth = memory_mb[-1] / memory_mb[0] - 1
        print('{}: {} messages in {:.0f} s, {} MB after each tenth, growth {:.1%}'.format(
            name, args.messages, time.monotonic() - began,
            ' '.join('{:.0f}'.format(value) for value in memory_mb), growth))
        status |= growth > MOST_GROWTH
    return int(status)


if __name__ == '__main__':
    sys.exit(main())
