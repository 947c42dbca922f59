# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``segmentation_node``: subscribes to images, publishes masks."""

from functools import partial
import sys
import threading
import time
from typing import Any, List, NamedTuple, Optional

import cv2
from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_srvs.srv import SetBool

from lsnet_ros.errors import describe
from lsnet_ros.frames import messages
from lsnet_ros.frames.image_files import MAX_PIXELS
from lsnet_ros.labels.drawing import colorize, overlay
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.engine_change import EngineChange
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.label_info import describe_label_info, publish_label_info
from lsnet_ros.nodes.newest_slot import NewestSlot
from lsnet_ros.nodes.parameters import check, declare, follow_changes, open_groups
from lsnet_ros.nodes.rate_limit import RateLimit
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.segmentation_state import SegmentationState
from lsnet_ros.nodes.watchdog import watch
from lsnet_ros.segmenter import Segmentation, Segmenter
from lsnet_ros.stages.timings import NodeTimings

NAME = 'segmentation_node'
TRANSPORTS = {  # (message, topic, decoder) by image_transport's name
    'raw': (Image, 'image', messages.to_rgb),
    'compressed': (CompressedImage, 'image/compressed', messages.decompress),
}
LOG_PERIOD_S = 5.0
OPENING = 10  # times watchdog_s: on a board, a backend may take minutes to open


class SegmentationParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

    model: str = DEFAULT_MODEL
    backend: str = 'auto'
    output_size: str = 'input'
    groups: str = ''
    image_transport: str = 'raw'
    max_pixels: int = MAX_PIXELS
    overlay_alpha: float = 0.5
    max_rate: float = 0.0
    autostart: bool = True
    watchdog_s: float = 60.0


LIVE = ('overlay_alpha', 'max_rate')  # may change while the node runs


class SegmentationNode(Node):
    """
    Segment the newest camera frame.

    The executor's thread only receives frames, as bytes, and puts the newest in a slot. One worker
    thread opens the backend, owns it, and publishes. The node subscribes when the backend is ready
    and it is enabled, so that a source that waits for a subscriber finds one that answers. While
    nobody subscribes to a result, frames are skipped.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._settings = declare(self, SegmentationParameters, LIVE)
        _check_parameters(self._settings)
        self._failure: Optional[Exception] = None  # of the worker, which it ended
        self._model = read_model(self._settings.model)
        groups = open_groups(self._settings.groups, self._model)
        self._label_set = groups.label_set if groups else self._model.label_set
        self._palette = self._label_set.palette
        self._state = SegmentationState(self, self._settings.backend)
        self._slot, self._guard = NewestSlot(), Guard(self)
        self._engine_change = EngineChange(
            self._model, partial(Segmenter, self._model, output_size=self._settings.output_size,
                                 groups=groups), self._state, self.get_logger())
        self._create_publishers()
        self._is_ready, self._is_enabled = False, self._settings.autostart
        self._subscription: Any = None
        self._state.on_enabled(self._is_enabled)
        self._rate_limit = RateLimit()
        self.create_service(SetBool, '~/enable', self._on_enable)
        follow_changes(self, self._settings, self._change_settings)
        self._worker_news = self.create_guard_condition(self._on_worker_news)
        diagnostics.publish_each_second(
            self, 'segmentation', self._model.name, self._make_report, self._guard)
        watch(self, self._settings.watchdog_s, self._state.busy_s)
        watch(self, OPENING * self._settings.watchdog_s, self._state.opening_s,
              'the backend has been opening')
        self._worker = threading.Thread(target=self._work, name='segmentation', daemon=True)
        self._worker.start()

    def close(self) -> None:
        """Let the worker finish its frame, and end a running build."""
        self._slot.close()
        self._worker.join(timeout=10.0)
        self._engine_change.close()

    def _change_settings(self, settings: SegmentationParameters) -> None:
        """Take other values of the live parameters, or raise a ParameterError."""
        _check_parameters(settings)
        self._settings = settings

    def _create_publishers(self) -> None:
        """Create all publishers; those of ``_pictures`` publish only to subscribers."""
        reliable = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
        self._mask_pub = self.create_publisher(Image, 'segmentation/mask', reliable)
        self._confidence_pub = self.create_publisher(Image, 'segmentation/confidence', reliable)
        self._pictures = (
            (self.create_publisher(Image, 'segmentation/overlay', reliable), self._draw_overlay),
            (self.create_publisher(Image, 'segmentation/color', reliable), self._draw_colors))
        self._timing_pub = self.create_publisher(
            DiagnosticArray, 'segmentation/timing',
            QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._results = (self._mask_pub, self._confidence_pub, self._timing_pub) + tuple(
            pub for pub, _ in self._pictures)
        self._label_info_pub = publish_label_info(
            self, 'segmentation/label_info', self._label_set)

    def _make_report(self) -> Report:
        """Return the report of the state, with the names of the classes."""
        report = self._state.report()
        report.values.update(describe_label_info(self._label_set, self._label_info_pub))
        return report

    def _on_worker_news(self) -> None:
        """Subscribe when the worker is ready, or end the program with the worker's error."""
        if self._failure is not None:
            raise self._failure
        self._is_ready = True
        self._subscribe_if_enabled()

    def _on_enable(self, request: Any, response: Any) -> Any:
        """Begin or end to segment; without a subscription, frames cost nothing."""
        self._is_enabled = request.data
        self._state.on_enabled(self._is_enabled)
        self._subscribe_if_enabled()
        response.success = True
        response.message = 'enabled' if self._is_enabled else 'disabled'
        return response

    def _subscribe_if_enabled(self) -> None:
        """Subscribe to the image if the node is ready and enabled, else end the subscription."""
        is_wanted = self._is_enabled and self._is_ready
        if is_wanted and self._subscription is None:
            message, topic, _ = TRANSPORTS[self._settings.image_transport]
            # As bytes: most frames of a fast camera are replaced before anybody reads them.
            self._subscription = self._guard.subscribe(message, topic, self._on_image, QoSProfile(
                depth=1, reliability=ReliabilityPolicy.BEST_EFFORT), is_single=True, raw=True)
            self._state.on_subscribed(self._subscription.topic_name)
        elif not is_wanted and self._subscription is not None:
            self._guard.unsubscribe(self._subscription)
            self._subscription = None

    def _on_image(self, image_bytes: bytes) -> None:
        """Put a frame in the slot, for the worker, unless it is not wanted."""
        now = time.perf_counter()
        is_watched = any(pub.get_subscription_count() for pub in self._results)
        if is_watched and self._rate_limit.passes(now, self._settings.max_rate):
            self._state.on_frame(self._slot.put((image_bytes, now)))
        else:
            self._state.on_skipped(is_watched)

    def _work(self) -> None:
        """Open the backend and segment frames until the slot closes; runs in the worker thread."""
        try:
            segmenter = self._engine_change.open(self._settings.backend)
            self._announce(segmenter)
            self._worker_news.trigger()
            for image_bytes, received_s in iter(self._slot.take, None):
                better = self._engine_change.take()
                if better is not None:
                    segmenter = better
                    self._announce(segmenter)
                self._state.on_begin()
                self._process(segmenter, image_bytes, received_s)
                self._state.on_end()
        except Exception as error:  # for the main thread, which raises it
            if self.context.ok():  # else publishing failed because the program is ending
                self._failure = error
                self._worker_news.trigger()

    def _announce(self, segmenter: Segmenter) -> None:
        """Log and record the backend in use from now on."""
        self.get_logger().info('{} is ready: {}'.format(
            self._model.name, segmenter.backend.reason))
        self._state.on_ready(segmenter.backend)

    def _process(self, segmenter: Segmenter, image_bytes: bytes, received_s: float) -> None:
        """Segment and publish one frame; a bad one is counted, logged and dropped."""
        taken_s, left_out = time.perf_counter(), self._state.left_out
        message, _, decode = TRANSPORTS[self._settings.image_transport]
        try:
            image_msg = deserialize_message(image_bytes, message)
            header = image_msg.header
            image = decode(image_msg, self._settings.max_pixels)
            converted_s = time.perf_counter()
            segmentation = segmenter.segment(
                image, with_confidence=self._confidence_pub.get_subscription_count() > 0)
            segmented_s = time.perf_counter()
            self._mask_pub.publish(messages.from_class_ids(segmentation.class_ids, header))
        except Exception as error:  # the next frame may be a good one, whatever this one raised
            if not self.context.ok():
                raise
            text = describe(error)
            self._state.on_bad_frame(text)
            self.get_logger().error('frame dropped: {}'.format(text),
                                    throttle_duration_sec=LOG_PERIOD_S)
            return
        published_s = time.perf_counter()
        self._state.on_result(header, published_s - received_s)
        self._publish_extras(image, segmentation, header)
        if self._timing_pub.get_subscription_count():
            stages = segmentation.timings
            self._publish_timings(header, left_out, NodeTimings(
                1e3 * (taken_s - received_s), 1e3 * (converted_s - taken_s),
                stages.preprocess_ms, stages.network_ms, stages.decode_ms,
                1e3 * (published_s - segmented_s), 1e3 * (published_s - received_s)))

    def _publish_extras(self, image: np.ndarray, segmentation: Segmentation, header: Any) -> None:
        """Publish the confidence, overlay and colours that have subscribers."""
        if segmentation.confidence is not None:
            self._confidence_pub.publish(messages.from_class_ids(segmentation.confidence, header))
        for pub, draw in self._pictures:
            if pub.get_subscription_count():
                try:
                    picture = draw(image, segmentation.class_ids)
                except Exception as error:
                    self.get_logger().error('{} not drawn: {}'.format(
                        pub.topic_name, describe(error)), throttle_duration_sec=LOG_PERIOD_S)
                    continue
                pub.publish(messages.from_rgb(picture, header))

    def _publish_timings(self, header: Any, left_out: int, timings: NodeTimings) -> None:
        """Publish the times of a frame, and the number of frames left out so far."""
        report = Report(Level.OK, 'ms of each stage',
                        dict(timings._asdict(), frames_replaced=left_out))
        self._timing_pub.publish(diagnostics.diagnostic_array(
            'segmentation_node: timing', report, header.stamp))

    def _draw_overlay(self, image: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
        """Return the frame blended with the class colours, at the size of the mask."""
        if image.shape[:2] != class_ids.shape:
            image = cv2.resize(image, class_ids.shape[::-1])
        return overlay(image, class_ids, self._palette, self._settings.overlay_alpha)

    def _draw_colors(self, image: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
        """Return the colours of the classes."""
        return colorize(class_ids, self._palette)


def _check_parameters(settings: SegmentationParameters) -> None:
    """Raise a ParameterError if a value is invalid."""
    check('image_transport', settings.image_transport,
          settings.image_transport in TRANSPORTS, 'one of ' + ', '.join(sorted(TRANSPORTS)))
    check('max_pixels', settings.max_pixels, settings.max_pixels > 0, '1 or more')
    check('overlay_alpha', settings.overlay_alpha,
          0.0 <= settings.overlay_alpha <= 1.0, 'a number of 0 to 1')
    for name in ('max_rate', 'watchdog_s'):
        check(name, getattr(settings, name), 0.0 <= getattr(settings, name) < 1e9, '0 or more')


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, SegmentationNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
