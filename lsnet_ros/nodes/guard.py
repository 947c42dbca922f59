# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Subscriptions that drop and count the messages that a node cannot use, and go on."""

import time
from typing import Any, Callable, List, Tuple

from lsnet_ros.errors import one_line
from lsnet_ros.nodes.graph_check import warn_of_equal_names, warn_of_publishers
from lsnet_ros.nodes.interruption import is_interrupt
from lsnet_ros.nodes.parameters import warn_of_unknown

LOG_PERIOD_S = 5.0
SHOWN_S = 10.0  # how long /diagnostics warns of the latest unusable message


class Guard:
    """
    Subscribes for a node; whatever its callbacks raise costs one message, not the node.

    :param node: logs the reasons
    """

    def __init__(self, node: Any) -> None:
        self._node = node
        self._problem = ''  # of the latest unusable message
        self._dropped_at = 0.0
        self.dropped = 0    # messages that could not be used
        self._subscriptions: List[Tuple[Any, bool]] = []  # and whether one publisher is right
        self._unknown = warn_of_unknown(node)

    def subscribe(self, kind: Any, topic: str, callback: Callable[[Any], None], qos: Any,
                  is_single: bool = False, raw: bool = False, **options: Any) -> Any:
        """
        Return a subscription whose callback is guarded.

        :param kind: class of the message
        :param callback: called with each message
        :param qos: a QoSProfile, or the depth of the default one
        :param is_single: whether more than one publisher is a mistake
        :param raw: whether the callback takes the bytes of the message
        :param options: more of create_subscription's
        """
        from rclpy.serialization import deserialize_message

        # As bytes in any case: rclpy would end the node at a message that it cannot read.
        def run(content: bytes) -> None:
            try:
                callback(content if raw else deserialize_message(content, kind))
            except Exception as error:
                if is_interrupt(error) or not self._node.context.ok():
                    raise  # the program is ending; the message is not to blame
                self._drop(topic, error)

        subscription = self._node.create_subscription(
            kind, topic, run, qos, raw=True, **options)
        self._subscriptions.append((subscription, is_single))
        return subscription

    def unsubscribe(self, subscription: Any) -> None:
        """Destroy a subscription that ``subscribe`` returned."""
        self._subscriptions = [entry for entry in self._subscriptions
                               if entry[0] is not subscription]
        self._node.destroy_subscription(subscription)

    def warnings(self) -> List[str]:
        """Return warnings: the latest unusable message, for ``SHOWN_S``, and lasting mistakes."""
        is_recent = self.dropped and time.monotonic() < self._dropped_at + SHOWN_S
        warnings = [self._problem] if is_recent else []
        for subscription, is_single in self._subscriptions:
            warnings += warn_of_publishers(self._node, subscription, is_single)
        return warnings + warn_of_equal_names(self._node) + self._unknown

    def _drop(self, topic: str, error: Exception) -> None:
        """Count and log a message that cannot be used."""
        self.dropped += 1
        self._dropped_at = time.monotonic()
        self._problem = 'message on {} dropped: {}: check its publisher'.format(
            topic, one_line(error) or type(error).__name__)
        self._node.get_logger().error(self._problem, throttle_duration_sec=LOG_PERIOD_S)
