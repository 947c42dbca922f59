# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""One camera of segmentation_node: its images, its state, and its results."""

import time
from typing import Any, Callable, Tuple

from rclpy.qos import QoSProfile, ReliabilityPolicy

from lsnet_ros.nodes.diagnostics import add_warnings, Report
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.mask_classes import VIEW
from lsnet_ros.nodes.newest_slots import NewestSlots
from lsnet_ros.nodes.qos_overrides import subscribe_overridable
from lsnet_ros.nodes.rate_limit import RateLimit
from lsnet_ros.nodes.segmentation_outputs import SegmentationOutputs
from lsnet_ros.nodes.segmentation_state import SegmentationState

PERIOD_S = 0.25     # s, between two checks for subscribers
REST_AFTER_S = 2.0  # s without subscribers, after which the subscription to the images ends


class CameraInput:
    """
    Receives the frames of a camera, as bytes, and puts the newest in its slot for the worker.

    Receiving alone costs a part of a core, so that the camera rests while nobody subscribes to
    its results.

    :param name: namespace of its topics, relative to the node's; '' for the node's own
    :param transport: message and topic of the images
    :param max_rate: returns the most frames to segment per second; 0 for all
    """

    def __init__(self, name: str, transport: Tuple[Any, str], outputs: SegmentationOutputs,
                 state: SegmentationState, guard: Guard, slots: NewestSlots,
                 max_rate: Callable[[], float]) -> None:
        self.name, self.outputs, self.state = name, outputs, state
        self._message, self._topic = transport
        self._guard, self._slots = guard, slots
        self._rate_limit, self._max_rate = RateLimit(), max_rate
        self._subscription: Any = None
        self._is_on = False
        self._watched_at = 0.0  # monotonic, s

    def switch(self, is_on: bool) -> None:
        """Allow a subscription to the images, or end it."""
        self._is_on, self._watched_at = is_on, time.monotonic()
        self.follow_subscribers()

    def follow_subscribers(self) -> None:
        """Subscribe to the images while somebody subscribes to a result; called periodically."""
        self.outputs.camera_info.follow_subscribers()
        is_watched = self.outputs.is_watched()
        if is_watched:
            self._watched_at = time.monotonic()
        self.state.on_watched(is_watched)
        is_wanted = self._is_on and time.monotonic() < self._watched_at + REST_AFTER_S
        if is_wanted and self._subscription is None:
            # As bytes: most frames of a fast camera are replaced before anybody reads them.
            self._subscription = subscribe_overridable(
                self._guard.subscribe, self._message, self._topic, self._on_image, QoSProfile(
                    depth=1, reliability=ReliabilityPolicy.BEST_EFFORT), is_single=True, raw=True)
            self.state.on_subscribed(self._subscription.topic_name)
        elif not is_wanted and self._subscription is not None:
            self._guard.unsubscribe(self._subscription)
            self._subscription = None

    def make_report(self) -> Report:
        """Return the report of the state, with the names of the classes."""
        report = add_warnings(self.state.report(), self.outputs.camera_info.warnings())
        report.values.update(self.outputs.describe_classes())
        view = self.outputs.camera_info.view.describe()
        if view:
            report.values[VIEW] = view
        return report

    def _on_image(self, image_bytes: bytes) -> None:
        """Put a frame in the slot, for the worker, unless it is not wanted."""
        now = time.perf_counter()
        if self.outputs.is_watched() and self._rate_limit.passes(now, self._max_rate()):
            self.state.on_frame(self._slots.put(self, (image_bytes, now)))
        else:
            self.state.on_skipped()
